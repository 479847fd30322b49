# SPDX-License-Identifier: MIT
"""How `machine.ADC` is made."""

import _rpc
from machine import ADC, Pin
from micropython import const

_PINS = const(b"\x20\x21\x22\x23\x24\x25\x26\x27\0\2\4\x0c\x0d\x0e\x0f\x19\x1a\x1b")


def __getattr__(name: str) -> object:
    return _rpc.find("adc_more", name)


def __init__(self: ADC, dest: "Pin | int", **settings: int) -> None:
    self.id = Pin(dest).id
    if self.id not in _PINS:
        raise ValueError("invalid pin")
    atten(self, **settings)


def atten(self: ADC, atten: int = 0) -> None:
    if not 0 <= atten <= 3:
        raise ValueError("invalid atten")
    self._atten = atten
