# SPDX-License-Identifier: MIT
"""`machine` as on the ESP32: pins, buses, timers and resets are calls to the emulated board.

Follows ports/esp32 (machine_pin.c, machine_rtc.c, modmachine.c) in names, numbers and errors; no more of it than a
terminal could use. What is seldom used comes from _cold.py when asked for.
"""

import struct

import _rpc
from micropython import const

_PIN_INIT = const(10)
_PIN_GET = const(11)
_PIN_SET = const(12)
_PIN_IRQ = const(13)
_PWM = const(14)
_ADC = const(16)
_I2C_WRITE = const(20)
_I2C_INIT = const(22)
_RTC_GET = const(50)
_RTC_SET = const(51)
_RESET = const(54)
_CHIP_SLEEP = const(55)
_WDT = const(56)
_FEED = const(57)
_CAUSE = const(58)
_ENODEV = const(19)
_KEEP = const(0xF)
_call = _rpc.call
_fetch = _rpc.fetch

PWRON_RESET, DEEPSLEEP_RESET, TIMER_WAKE = 1, 4, 4


def reset_cause() -> int:
    return _call(_CAUSE, 0)


def wake_reason() -> int:
    return _call(_CAUSE, 1)


def reset() -> None:
    _call(_RESET, 0)


def deepsleep(time_ms: int = 0) -> None:
    _call(_CHIP_SLEEP, time_ms, 1)


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2
    WAKE_LOW, WAKE_HIGH = 4, 5
    _made = {}

    def __new__(cls, id: "int | Pin", *args: object, **kwargs: object) -> "Pin":
        if isinstance(id, Pin):
            return id
        pin = cls._made.get(id)
        if pin is None:
            if not isinstance(id, int) or not 0 <= id < 40 or id in (20, 24, 28, 29, 30, 31, 37, 38):
                raise ValueError("invalid pin")
            pin = cls._made[id] = object.__new__(cls)
            pin.id = id
        return pin

    def __init__(self, id: "int | Pin", *args: object, **kwargs: object) -> None:
        if args or kwargs:
            self.init(*args, **kwargs)

    def init(
        self,
        mode: "int | None" = None,
        pull: "int | None" = -1,
        *,
        value: "int | None" = None,
        drive: "int | None" = None,
        hold: "bool | None" = None,
    ) -> None:
        if self.id >= 34 and mode is not None and mode & 2:
            raise ValueError("pin can only be input")
        settings = (_KEEP if mode is None else mode) | (_KEEP if pull == -1 else pull or 0) << 4
        settings |= (2 if value is None else bool(value)) << 8 | (2 if hold is None else bool(hold)) << 10
        _call(_PIN_INIT, self.id, settings)

    def value(self, level: "int | None" = None) -> "int | None":
        if level is None:
            return _call(_PIN_GET, self.id)
        _call(_PIN_SET, self.id, 1 if level else 0)

    __call__ = value

    def irq(self, handler: object = None, trigger: int = 3, wake: "int | None" = None) -> "Pin":
        _rpc.handlers[self.id] = handler and (handler, self)
        _call(_PIN_IRQ, self.id, trigger if handler else 0)
        return self

    def __repr__(self) -> str:
        return "Pin(%d)" % self.id

    def __getattr__(self, name: str) -> object:
        return _rpc.cold("Pin", self, name)


class PWM:
    def __init__(self, dest: "Pin | int", *, freq: int = 5000, duty: int = -1, duty_u16: int = 32768) -> None:
        self._pin = Pin(dest).id
        self._hz = freq
        self.duty_u16(duty_u16 if duty < 0 else duty * 65535 // 1023)

    def duty_u16(self, duty: "int | None" = None) -> "int | None":
        if duty is None:
            return self._duty
        if not 0 <= duty <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65535")
        self._duty = duty
        _call(_PWM, self._pin, duty)

    def __getattr__(self, name: str) -> object:
        return _rpc.cold("PWM", self, name)


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = range(4)

    def __init__(self, dest: "Pin | int", *, atten: int = 0) -> None:
        self._pin = Pin(dest).id
        if self._pin not in (32, 33, 34, 35, 36, 39, 0, 2, 4, 12, 13, 14, 15, 25, 26, 27):
            raise ValueError("invalid pin")
        self.atten(atten)

    def atten(self, atten: int) -> None:
        self._full_uv = (950000, 1250000, 1750000, 3150000)[atten]

    def read_uv(self) -> int:
        return min(_call(_ADC, self._pin), self._full_uv)

    def __getattr__(self, name: str) -> object:
        return _rpc.cold("ADC", self, name)


class I2C:
    def __init__(
        self,
        id: int = 0,
        *,
        scl: "Pin | None" = None,
        sda: "Pin | None" = None,
        freq: int = 400000,
        timeout: int = 50000,
    ) -> None:
        self._bus = id
        _call(_I2C_INIT, id | (scl.id if scl else 18) << 8 | (sda.id if sda else 19) << 16, freq)

    def writeto(self, addr: int, buf: bytes, stop: bool = True) -> int:
        if _call(_I2C_WRITE, addr, 0, buf) < 0:
            raise OSError(_ENODEV)
        return len(buf)

    def __getattr__(self, name: str) -> object:
        return _rpc.cold("I2C", self, name)


class RTC:
    def datetime(self, fields: "tuple[int, ...] | None" = None) -> "tuple[int, ...] | None":
        import time

        if fields is None:
            seconds, us = struct.unpack("<ii", _fetch(_RTC_GET, 1))
            now = time.gmtime(seconds)
            return now[:3] + now[6:7] + now[3:6] + (us,)
        seconds = time.mktime(fields[:3] + fields[4:7] + (0, 0))
        _call(_RTC_SET, seconds, fields[7])

    init = datetime

    def __getattr__(self, name: str) -> object:
        return _rpc.cold("RTC", self, name)


class WDT:
    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        if id:
            raise ValueError
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        _call(_WDT, timeout)

    def feed(self) -> None:
        _call(_FEED)


def __getattr__(name: str) -> object:
    return _rpc.cold("machine", None, name)
