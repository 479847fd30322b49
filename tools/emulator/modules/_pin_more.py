# SPDX-License-Identifier: MIT
"""The part of `machine.Pin` that a terminal does not use."""

import _rpc
from machine import Pin
from micropython import const

_PIN_SET = const(12)
_OTHER = const(2)


def _hold(*, drive: "int | None" = None, hold: "bool | None" = None) -> "bool | None":
    """The other keywords of `init`."""
    return hold


def toggle(self: Pin) -> None:
    _rpc.post(_PIN_SET, self.id, _OTHER)
