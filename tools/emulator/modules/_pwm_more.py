# SPDX-License-Identifier: MIT
"""Methods of `machine.PWM` that a terminal does not use."""

import _rpc
from machine import PWM
from micropython import const

_PWM = const(14)
_STOP = const(-1)


def _set_duty(self: PWM, *, duty: int = -1, duty_ns: int = -1, invert: bool = False, lightsleep: bool = False) -> int:
    """The duty that the other keywords of `init` mean."""
    if duty_ns >= 0:
        return _of_ns(self, duty_ns)
    return self._duty if duty < 0 else _of_10_bits(duty)


def deinit(self: PWM) -> None:
    _rpc.call(_PWM, self.id, _STOP)


def freq(self: PWM, hz: "int | None" = None) -> "int | None":
    if hz is None:
        return self._hz
    self._hz = _rpc.find("pwm", "_checked_freq")(hz)


def duty(self: PWM, duty: "int | None" = None) -> "int | None":
    if duty is None:
        return self._duty >> 6
    self.duty_u16(_of_10_bits(duty))


def _of_10_bits(duty: int) -> int:
    if not 0 <= duty <= 1023:
        raise ValueError("duty must be from 0 to 1023")
    return 65535 if duty == 1023 else duty << 6


def duty_ns(self: PWM, ns: "int | None" = None) -> "int | None":
    if ns is None:
        return self._duty * 15625 // self._hz * 1000 // 1024
    self.duty_u16(_of_ns(self, ns))


def _of_ns(self: PWM, ns: int) -> int:
    period = 1000000000 // self._hz
    if not 0 <= ns <= period:
        raise ValueError("duty_ns must be from 0 to %d ns" % period)
    return min(ns * 65536 // period, 65535)
