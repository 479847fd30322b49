# SPDX-License-Identifier: MIT
"""`time` as on the ESP32 (epoch 2000-01-01, 30-bit ticks), on the emulated board's virtual clock."""

import struct
import sys

import _rpc
from micropython import const

_SLEEP = const(3)
_RTC_GET = const(50)
_MASK = const(0x3FFFFFFF)
_EPOCH_2000 = const(946684800)  # seconds from 1970 to 2000
_TICK_COST_US = const(2)
_CHUNK_MS = const(1000000)

_native = _rpc.native_time
_request = _rpc.request
_answer = _rpc.answer


def ticks_ms() -> int:
    _rpc.spend(_TICK_COST_US)
    return (_answer[0] + (_answer[5] + _request[3]) // 1000) & _MASK


def ticks_us() -> int:
    _rpc.spend(_TICK_COST_US)
    return (_answer[1] + _request[3]) & _MASK


ticks_cpu = ticks_us

if sys.maxsize > _MASK << 2:  # a 64-bit interpreter's own period would be 2**62

    def ticks_add(ticks: int, delta: int) -> int:
        return (ticks + delta) & _MASK

    def ticks_diff(end: int, start: int) -> int:
        return ((end - start + (1 << 29)) & _MASK) - (1 << 29)

else:
    ticks_add = _native.ticks_add
    ticks_diff = _native.ticks_diff


def sleep_us(us: int) -> None:
    while us > 0:
        us = _rpc.call(_SLEEP, 0, us)


def sleep_ms(ms: int) -> None:
    while ms > _CHUNK_MS:
        sleep_us(_CHUNK_MS * 1000)
        ms -= _CHUNK_MS
    sleep_us(ms * 1000)


def sleep(seconds: float) -> None:
    sleep_ms(int(seconds * 1000))


def time() -> int:
    return _rpc.call(_RTC_GET)


def time_ns() -> int:
    seconds, us = struct.unpack("<ii", _rpc.fetch(_RTC_GET, 1))
    return (seconds * 1000000 + us) * 1000


def gmtime(seconds: "int | None" = None) -> "tuple[int, ...]":
    if seconds is None:
        seconds = time()
    return _native.gmtime(int(seconds) + _EPOCH_2000)[:8]


localtime = gmtime


def mktime(fields: "tuple[int, ...]") -> int:
    return int(_native.mktime(tuple(fields)[:8] + (0,))) - _EPOCH_2000
