# SPDX-License-Identifier: MIT
"""`machine` as on the ESP32: pins, buses, timers and resets are calls to the emulated board.

Follows ports/esp32 (machine_pin.c, machine_rtc.c, modmachine.c) in names, numbers and errors; no more of it than a
terminal could use.  Here is what it uses all the time; the rest is in `_machine.py`, `_pin.py` ... (see `_rpc.py`).
"""

import _rpc
from micropython import const

_PIN_GET = const(11)
_PIN_SET = const(12)
_PIN_IRQ = const(13)
_GROUP = const(12)  # pins whose levels come with one call: this many, and more behind them
_FRESH_US = const(50)
_PWM = const(14)
_ADC = const(16)
_I2C_WRITE = const(20)
_FEED = const(57)


def __getattr__(name: str) -> object:
    return _rpc.find("machine", name)


class Pin:
    """Unlike on the port, two objects may stand for one pin."""

    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2
    WAKE_LOW, WAKE_HIGH = 4, 5
    __init__ = _rpc.init
    __getattr__ = _rpc.bind

    def value(self, value: "int | None" = None) -> "int | None":
        if value is not None:
            _rpc.post(_PIN_SET, self.id, 1 if value else 0)
            return None
        levels = _rpc.answer[3]  # of many pins, if nothing has happened since they were asked for
        first = self.id // _GROUP * _GROUP
        if _rpc.request[0] != _PIN_GET or _rpc.request[1] != first:
            levels = _rpc.call(_PIN_GET, first)
        elif _rpc.request[3] < _FRESH_US:
            _rpc.request[3] += 1  # so that a loop that does nothing but read sees time pass
        else:
            _rpc.request[0] = 0
        return levels >> self.id - first & 1

    __call__ = value

    def irq(self, handler: object = ..., trigger: int = 3, wake: "int | None" = None) -> "Pin":
        if handler is not ...:
            _rpc.handlers[self.id] = handler and (handler, self)
            _rpc.call(_PIN_IRQ, self.id, trigger if handler else 0)
        return self

    def __repr__(self) -> str:
        return str(b"Pin(%d)" % self.id, "ascii")  # a short string would be a name


class PWM:
    __init__ = _rpc.init
    __getattr__ = _rpc.bind

    def duty_u16(self, value: "int | None" = None) -> "int | None":
        if value is None:
            return self._duty
        if not 0 <= value <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65536")
        self._duty = value
        if _rpc.call(_PWM, self.id, value) < 0:
            raise RuntimeError("PWM is inactive")


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = range(4)
    __init__ = _rpc.init
    __getattr__ = _rpc.bind

    def read_uv(self) -> int:
        result = _rpc.call(_ADC, self.id, self._atten)
        return result if result >= 0 else _rpc.find("esp32", "_failed")(result)


class I2C:
    __init__ = _rpc.init
    __getattr__ = _rpc.bind

    def writeto(self, addr: int, buf: bytes, stop: bool = True) -> int:
        result = _rpc.call(_I2C_WRITE, addr, 0, buf)
        if result < 0:
            raise OSError(-result)
        return result


class WDT:
    __init__ = _rpc.init

    def feed(self) -> None:
        _rpc.call(_FEED)
