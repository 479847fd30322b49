# SPDX-License-Identifier: MIT
"""How `machine.ADC` is made."""

import _rpc
from machine import ADC, Pin


def __getattr__(name: str) -> object:
    return _rpc.find("adc_more", name)


def __init__(self: ADC, dest: "Pin | int", **settings: int) -> None:
    self.id = Pin(dest).id
    if self.id not in (32, 33, 34, 35, 36, 39, 0, 2, 4, 12, 13, 14, 15, 25, 26, 27):
        raise ValueError("invalid pin")
    atten(self, **settings)


def atten(self: ADC, atten: int = 0) -> None:
    self._full_uv = (950000, 1250000, 1750000, 3150000)[atten]
