# SPDX-License-Identifier: MIT
"""Methods of `machine.Pin`."""

import _rpc
from machine import Pin
from micropython import const

_PIN_INIT = const(10)
_KEEP = const(0xF)


def __getattr__(name: str) -> object:
    return _rpc.find("pin_more", name)


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
    **settings: object,
) -> None:
    if self.id >= 34 and mode is not None and mode & 2:
        raise ValueError("pin can only be input")
    hold = _rpc.find("pin_more", "_hold")(**settings) if settings else None
    setting = (_KEEP if mode is None else mode) | (_KEEP if pull == -1 else pull or 0) << 4
    setting |= (2 if value is None else bool(value)) << 8 | (2 if hold is None else bool(hold)) << 10
    _rpc.call(_PIN_INIT, self.id, setting)


def on(self: Pin) -> None:
    self.value(1)


def off(self: Pin) -> None:
    self.value(0)
