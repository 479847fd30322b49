# SPDX-License-Identifier: MIT
"""Methods of `machine.PWM` that a terminal does not use."""

import _rpc
from machine import PWM
from micropython import const

_PWM = const(14)


def deinit(self: PWM) -> None:
    _rpc.call(_PWM, self.id, -1)


def freq(self: PWM, hz: "int | None" = None) -> "int | None":
    if hz is None:
        return self._hz
    if not 1 <= hz <= 40000000:
        raise ValueError("frequency must be from 1Hz to 40MHz")
    self._hz = hz


def duty(self: PWM, duty: "int | None" = None) -> "int | None":
    if duty is None:
        return self._duty * 1023 // 65535
    self.duty_u16(duty * 65535 // 1023)
