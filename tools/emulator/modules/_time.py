# SPDX-License-Identifier: MIT
"""The seldom used part of `time`."""

import time

import _rpc
from micropython import const

_RTC_GET = const(50)
_MASK = const(0x3FFFFFFF)
_TICK_COST_US = const(2)
_EPOCH_2000 = const(946684800)  # seconds from 1970 to 2000


def ticks_us() -> int:
    _rpc.spend(_TICK_COST_US)
    return (_rpc.answer[1] + _rpc.request[3]) & _MASK


ticks_cpu = ticks_us


def sleep(seconds: float) -> None:
    time.sleep_ms(int(seconds * 1000))


def time_ns() -> int:
    seconds, us = _rpc.unpack(b"<ii", _rpc.fetch(_RTC_GET, 1))
    return (seconds * 1000000 + us) * 1000


def gmtime(seconds: "int | None" = None) -> "tuple[int, ...]":
    if seconds is None:
        seconds = time.time()
    return _rpc.native[1].gmtime(int(seconds) + _EPOCH_2000)[:8]


localtime = gmtime


def mktime(fields: "tuple[int, ...]") -> int:
    if not 8 <= len(fields) <= 9:
        raise TypeError("mktime needs a tuple of length 8 or 9 (%d given)" % len(fields))
    return int(_rpc.native[1].mktime(tuple(fields)[:8] + (0,))) - _EPOCH_2000
