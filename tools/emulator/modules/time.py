# SPDX-License-Identifier: MIT
"""`time` as on the ESP32 (epoch 2000-01-01, 30-bit ticks), on the emulated board's virtual clock.

More in `_time.py`.
"""

import sys

import _rpc
from micropython import const

_SLEEP = const(3)
_RTC_GET = const(50)
_MASK = const(0x3FFFFFFF)
_TICK_COST_US = const(2)
_CHUNK_MS = const(1000000)


def __getattr__(name: str) -> object:
    return _rpc.find("time", name)


def ticks_ms() -> int:
    _rpc.spend(_TICK_COST_US)
    return (_rpc.answer[0] + (_rpc.answer[5] + _rpc.request[3]) // 1000) & _MASK


if sys.maxsize > _MASK << 2:  # a 64-bit interpreter's own period would be 2**62

    def ticks_add(ticks: int, delta: int) -> int:
        return (ticks + delta) & _MASK

    def ticks_diff(end: int, start: int) -> int:
        return ((end - start + (1 << 29)) & _MASK) - (1 << 29)

else:
    ticks_add = _rpc.native[1].ticks_add
    ticks_diff = _rpc.native[1].ticks_diff


def sleep_us(us: int) -> None:
    while us > 0:
        us = _rpc.call(_SLEEP, 0, us)


def sleep_ms(ms: int) -> None:
    while ms > _CHUNK_MS:
        sleep_us(_CHUNK_MS * 1000)
        ms -= _CHUNK_MS
    sleep_us(ms * 1000)


def time() -> int:
    return _rpc.call(_RTC_GET)
