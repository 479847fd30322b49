# SPDX-License-Identifier: MIT
"""How `machine.PWM` is made; seldom used methods are in `_pwm_more.py`."""

import _rpc
from machine import PWM, Pin


def __getattr__(name: str) -> object:
    return _rpc.find("pwm_more", name)


def __init__(self: PWM, dest: "Pin | int", *, freq: int = 5000, duty: int = -1, duty_u16: int = 32768) -> None:
    self.id = Pin(dest).id
    self._hz = freq
    self.duty_u16(duty_u16 if duty < 0 else duty * 65535 // 1023)
