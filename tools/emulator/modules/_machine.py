# SPDX-License-Identifier: MIT
"""The part of `machine` that a terminal uses now and then; what it never asks for is in `_machine_more.py`."""

import _rpc
from micropython import const

_RTC_GET = const(50)
_RTC_SET = const(51)
_RESET = const(54)
_CHIP_SLEEP = const(55)
_CAUSE = const(58)

PWRON_RESET, WDT_RESET, DEEPSLEEP_RESET, TIMER_WAKE = 1, 3, 4, 4


def __getattr__(name: str) -> object:
    return _rpc.find("machine_more", name)


def reset_cause() -> int:
    return _rpc.call(_CAUSE, 0)


def wake_reason() -> int:
    return _rpc.call(_CAUSE, 1)


def reset() -> None:
    _rpc.call(_RESET, 0)


def deepsleep(time_ms: int = -1) -> None:
    _rpc.call(_CHIP_SLEEP, time_ms, 1)


class RTC:
    def datetime(self, fields: "tuple[int, ...] | None" = None) -> "tuple[int, ...] | None":
        if fields is not None:
            return _set(fields, 4)
        import time

        seconds, us = _rpc.unpack(b"<ii", _rpc.fetch(_RTC_GET, 1))
        now = time.gmtime(seconds)
        return now[:3] + now[6:7] + now[3:6] + (us,)

    def init(self, fields: "tuple[int, ...]") -> None:
        _set(fields, 3)

    __getattr__ = _rpc.bind


def _set(fields: "tuple[int, ...]", hour: int) -> None:
    import time

    if len(fields) != 8:
        raise ValueError("requested length 8 but object has length %d" % len(fields))
    seconds = time.mktime(tuple(fields[:3]) + tuple(fields[hour : hour + 3]) + (0, 0))
    _rpc.call(_RTC_SET, seconds, fields[7])
