# SPDX-License-Identifier: MIT
"""Methods of `machine.ADC` that a terminal does not use."""

from machine import ADC


def read_u16(self: ADC) -> int:
    return self.read_uv() // 50 * 65535 // (self._full_uv // 50)
