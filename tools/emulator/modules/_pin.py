# SPDX-License-Identifier: MIT
"""Methods of `machine.Pin`."""

import _rpc
from machine import Pin
from micropython import const

_PIN_INIT = const(10)
_PIN_SET = const(12)
_OTHER = const(2)
_KEEP = const(0xF)


def __init__(self: Pin, id: "int | Pin", *args: object, **kwargs: object) -> None:
    if isinstance(id, Pin):
        id = id.id
    elif not isinstance(id, int) or not 0 <= id < 40 or id in (24, 28, 29, 30, 31):
        raise ValueError("invalid pin")
    self.id = id
    if args or kwargs:
        init(self, *args, **kwargs)


def init(
    self: Pin,
    mode: "int | None" = None,
    pull: "int | None" = -1,
    *,
    value: "int | None" = None,
    drive: "int | None" = None,
    hold: "bool | None" = None,
) -> None:
    if self.id >= 34 and mode is not None and mode & 2:
        raise ValueError("pin can only be input")
    settings = (_KEEP if mode is None else mode) | (_KEEP if pull == -1 else pull or 0) << 4
    settings |= (2 if value is None else bool(value)) << 8 | (2 if hold is None else bool(hold)) << 10
    _rpc.call(_PIN_INIT, self.id, settings)


def on(self: Pin) -> None:
    self.value(1)


def off(self: Pin) -> None:
    self.value(0)


def toggle(self: Pin) -> None:
    _rpc.post(_PIN_SET, self.id, _OTHER)
