# SPDX-License-Identifier: MIT
"""Methods of `machine.ADC` that a terminal does not use."""

import _rpc
from machine import ADC
from micropython import const

_ADC = const(16)
_RAW = const(4)


def read(self: ADC) -> int:
    return _rpc.call(_ADC, self.id, self._atten | _RAW)


def read_u16(self: ADC) -> int:
    raw = read(self)
    return raw << 4 | raw >> 8
