# SPDX-License-Identifier: MIT
"""Sets the RTC from an answer's DE62: TM local time `yyyymmddhhmmss`, TZ `+hhmm`. On loan, a few times an hour."""

from firmware import clock


def zone_of(text: str) -> int:
    """Minutes east of UTC; ValueError if it is no zone."""
    if len(text) != 5 or not text.startswith(("+", "-")) or not text[1:].isdigit() or int(text[3:]) > 59:
        raise ValueError("zone")
    minutes = int(text[1:3]) * 60 + int(text[3:])
    return -minutes if text.startswith("-") else minutes


def utc_of(stamp: str, zone_min: int) -> int:
    """Seconds since 2000-01-01 UTC of a host's local time; ValueError if it is no date."""
    if len(stamp) != 14 or not stamp.isdigit():
        raise ValueError("date")
    year, month, day, hour, minute, second = [int(stamp[:4])] + [int(stamp[i : i + 2]) for i in range(4, 14, 2)]
    if not (2000 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        raise ValueError("date")
    return clock.seconds_of((year, month, day, hour, minute, second)) - zone_min * 60


def take(tags: "dict[str, str]", zone_min: int) -> int:
    """Set the clock to TM; the zone that holds from now on. ValueError and no change if either is malformed."""
    zone_min = zone_of(tags["TZ"]) if "TZ" in tags else zone_min
    clock.set_utc(utc_of(tags["TM"], zone_min))
    return zone_min
