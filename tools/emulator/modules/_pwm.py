# SPDX-License-Identifier: MIT
"""How `machine.PWM` is made; seldom used methods are in `_pwm_more.py`."""

import _rpc
from machine import PWM, Pin
from micropython import const

_PWM = const(14)
_START = const(1 << 16)
_FIRST_INPUT = const(34)
_INVALID_ARG = const(0x102)


def __getattr__(name: str) -> object:
    return _rpc.find("pwm_more", name)


def __init__(self: PWM, dest: "Pin | int", freq: int = -1, **settings: int) -> None:
    self.id = Pin(dest).id
    self._hz, self._duty = 5000, 32768
    init(self, freq, **settings)


def init(
    self: PWM,
    freq: int = -1,
    *,
    duty_u16: int = -1,
    **settings: object,
) -> None:
    if freq != -1:
        self._hz = _checked_freq(freq)
    if self.id >= _FIRST_INPUT:
        _rpc.find("esp32", "_failed")(-_INVALID_ARG)
    duty = _rpc.find("pwm_more", "_set_duty")(self, **settings) if settings else self._duty
    if duty_u16 < 0:
        duty_u16 = duty
    _rpc.call(_PWM, self.id, _START | duty_u16)
    self.duty_u16(duty_u16)


def _checked_freq(hz: int) -> int:
    if not 1 <= hz <= 40000000:
        raise ValueError("frequency must be from 1Hz to 40MHz")
    return hz
