# SPDX-License-Identifier: MIT
"""UTC and shop time. The RTC runs in UTC; seconds are counted from 2000-01-01 whatever the port's epoch is.

The time zone is the host's word (DE62 TZ, minutes east of UTC) and is kept in the state record.
"""

import time

import machine

_EPOCH_S = time.mktime((2000, 1, 1, 0, 0, 0, 5, 1))
PLAUSIBLE_S = 820_454_400  # 2026-01-01: no terminal is older than its firmware


def now_s() -> int:
    return time.time() - _EPOCH_S


def is_plausible() -> bool:
    return now_s() >= PLAUSIBLE_S


def set_utc(seconds: int) -> None:
    """Set the RTC to `seconds` since 2000-01-01 UTC."""
    t = time.gmtime(seconds + _EPOCH_S)
    machine.RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))


def seconds_of(date: "tuple[int, ...]") -> int:
    """Seconds since 2000-01-01 of (year, month, day, hour, minute, second)."""
    return time.mktime(date + (0, 0)) - _EPOCH_S


def de7(seconds: int) -> str:
    """ISO 8583 DE7: MMDDhhmmss in UTC."""
    t = time.gmtime(seconds + _EPOCH_S)
    return "%02d%02d%02d%02d%02d" % t[1:6]


def local(seconds: int, zone_min: int) -> "tuple[int, ...]":
    """(year, month, day, hour, minute, second) of the shop."""
    return time.gmtime(seconds + _EPOCH_S + zone_min * 60)[:6]
