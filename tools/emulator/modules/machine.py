# SPDX-License-Identifier: MIT
"""`machine` as on the ESP32: pins, buses, timers and resets are calls to the emulated board.

Follows ports/esp32 (machine_pin.c, machine_rtc.c, modmachine.c) in names, numbers and errors; no more of it than a
terminal could use.
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
_I2C_READ = const(21)
_I2C_INIT = const(22)
_RTC_GET = const(50)
_RTC_SET = const(51)
_RTCMEM_GET = const(52)
_RTCMEM_SET = const(53)
_RESET = const(54)
_SLEEP = const(55)
_WDT = const(56)
_FEED = const(57)
_CAUSE = const(58)
_TIMER = const(61)
_ENODEV = const(19)
_KEEP = const(0xF)
_NO_PINS = (20, 24, 28, 29, 30, 31, 37, 38)  # not bonded on the module
_call = _rpc.call

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = range(1, 6)
PIN_WAKE = EXT0_WAKE = 2
EXT1_WAKE, TIMER_WAKE, TOUCHPAD_WAKE, ULP_WAKE = range(3, 7)
SLEEP, DEEPSLEEP = 2, 4


def reset_cause():
    return _call(_CAUSE, 0)


def wake_reason():
    return _call(_CAUSE, 1)


def unique_id():
    return _call(_CAUSE, 2)


def freq(hz=None):
    if hz is None:
        return 160000000
    if hz // 1000000 not in (20, 40, 80, 160, 240):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")


def reset():
    _call(_RESET, HARD_RESET)


def soft_reset():
    _call(_RESET, SOFT_RESET)


def deepsleep(time_ms=0):
    _call(_SLEEP, time_ms, 1)


def lightsleep(time_ms=0):
    _call(_SLEEP, time_ms, 0)


def idle():
    _rpc.spend(1000)


def disable_irq():
    return 0


def enable_irq(state):
    pass


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2
    WAKE_LOW, WAKE_HIGH = 4, 5
    DRIVE_0, DRIVE_1, DRIVE_2, DRIVE_3 = range(4)
    _made = {}

    def __new__(cls, id, *args, **kwargs):
        if isinstance(id, Pin):
            return id
        if not isinstance(id, int) or not 0 <= id < 40 or id in _NO_PINS:
            raise ValueError("invalid pin")
        pin = cls._made.get(id)
        if pin is None:
            pin = cls._made[id] = object.__new__(cls)
            pin.id = id
        return pin

    def __init__(self, id, *args, **kwargs):
        if args or kwargs:
            self.init(*args, **kwargs)

    def init(self, mode=None, pull=-1, *, value=None, drive=None, hold=None):
        if self.id >= 34 and mode is not None and mode & 2:
            raise ValueError("pin can only be input")
        settings = (_KEEP if mode is None else mode) | (_KEEP if pull == -1 else pull or 0) << 4
        settings |= (2 if value is None else bool(value)) << 8 | (2 if hold is None else bool(hold)) << 10
        _call(_PIN_INIT, self.id, settings)

    def value(self, level=None):
        if level is None:
            return _call(_PIN_GET, self.id)
        _call(_PIN_SET, self.id, 1 if level else 0)

    __call__ = value

    def on(self):
        _call(_PIN_SET, self.id, 1)

    def off(self):
        _call(_PIN_SET, self.id, 0)

    def toggle(self):
        _call(_PIN_SET, self.id, 2)

    def irq(self, handler=None, trigger=3, wake=None):
        _rpc.handlers[self.id] = handler and (handler, self)
        _call(_PIN_IRQ, self.id, trigger if handler else 0)
        return self

    def __repr__(self):
        return "Pin(%d)" % self.id


class PWM:
    def __init__(self, dest, *, freq=-1, duty=-1, duty_u16=-1, duty_ns=-1, invert=0):
        self._pin = Pin(dest).id
        self._hz = 5000
        self._duty = 32768
        self.init(freq=freq, duty=duty, duty_u16=duty_u16)

    def init(self, *, freq=-1, duty=-1, duty_u16=-1):
        if freq >= 0:
            self._hz = freq
        if duty >= 0:
            duty_u16 = duty * 65535 // 1023
        if duty_u16 >= 0:
            self._duty = duty_u16
        _call(_PWM, self._pin, self._duty)

    def deinit(self):
        _call(_PWM, self._pin, -1)

    def freq(self, hz=None):
        if hz is None:
            return self._hz
        if not 1 <= hz <= 40000000:
            raise ValueError("frequency must be from 1Hz to 40MHz")
        self._hz = hz

    def duty_u16(self, duty=None):
        if duty is None:
            return self._duty
        if not 0 <= duty <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65535")
        self._duty = duty
        _call(_PWM, self._pin, duty)

    def duty(self, duty=None):
        if duty is None:
            return self._duty * 1023 // 65535
        if not 0 <= duty <= 1023:
            raise ValueError("duty must be from 0 to 1023")
        self.duty_u16(duty * 65535 // 1023)


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = range(4)
    WIDTH_9BIT, WIDTH_10BIT, WIDTH_11BIT, WIDTH_12BIT = range(9, 13)
    _FULL_UV = (950000, 1250000, 1750000, 2450000)

    def __init__(self, dest, *, atten=0):
        self._pin = Pin(dest).id
        if not (32 <= self._pin <= 39 or self._pin in (0, 2, 4, 12, 13, 14, 15, 25, 26, 27)):
            raise ValueError("invalid pin")
        self._atten = atten

    def atten(self, atten):
        self._atten = atten

    def read_uv(self):
        return min(_call(_ADC, self._pin), self._FULL_UV[self._atten] + self._atten // 3 * 700000)

    def read_u16(self):
        return self.read_uv() * 65535 // (self._FULL_UV[self._atten] + self._atten // 3 * 700000)

    def read(self):
        return self.read_u16() >> 4


class I2C:
    def __init__(self, id=0, *, scl=None, sda=None, freq=400000, timeout=50000):
        self._bus = id
        self.init(scl=scl, sda=sda, freq=freq)

    def init(self, *, scl=None, sda=None, freq=400000):
        _call(_I2C_INIT, self._bus | (Pin(scl).id if scl else 18) << 8 | (Pin(sda).id if sda else 19) << 16, freq)

    def scan(self):
        return [address for address in range(8, 0x78) if _call(_I2C_WRITE, address, self._bus) >= 0]

    def writeto(self, addr, buf, stop=True):
        if _call(_I2C_WRITE, addr, self._bus, buf) < 0:
            raise OSError(_ENODEV)
        return len(buf)

    def writevto(self, addr, vector, stop=True):
        return self.writeto(addr, b"".join(vector), stop)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self.writeto(addr, bytes((memaddr,)) + buf)

    def readfrom(self, addr, nbytes, stop=True):
        data = bytearray(nbytes)
        self.readfrom_into(addr, data, stop)
        return bytes(data)

    def readfrom_into(self, addr, buf, stop=True):
        if _call(_I2C_READ, addr, self._bus | len(buf) << 8, b"", buf) == -_ENODEV:
            raise OSError(_ENODEV)


SoftI2C = I2C


class RTC:
    def datetime(self, fields=None):
        import time

        if fields is None:
            seconds, us = struct.unpack("<ii", _call(_RTC_GET))
            now = time.gmtime(seconds)
            return now[:3] + now[6:7] + now[3:6] + (us,)
        year, month, day, _, hour, minute, second, us = fields
        seconds = time.mktime((year, month, day, hour, minute, second, 0, 0))
        _call(_RTC_SET, 0, 0, struct.pack("<ii", seconds, us))

    init = datetime

    def memory(self, data=None):
        if data is None:
            return _call(_RTCMEM_GET) or b""
        if len(data) > 2048:
            raise ValueError("buffer too long")
        _call(_RTCMEM_SET, 0, 0, data)


class WDT:
    def __init__(self, id=0, timeout=5000):
        if id:
            raise ValueError
        if timeout < 1000:
            raise ValueError("WDT timeout too short")
        _call(_WDT, timeout)

    def feed(self):
        _call(_FEED)


class Timer:
    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, id, **settings):
        self.id = 64 + (id & 3)
        if settings:
            self.init(**settings)

    def init(self, *, mode=1, period=-1, callback=None, freq=0):
        _rpc.handlers[self.id] = callback and (callback, self)
        _call(_TIMER, self.id, (1000 // freq if freq else period) << 1 | mode)

    def deinit(self):
        _call(_TIMER, self.id, -1)
