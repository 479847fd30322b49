# SPDX-License-Identifier: MIT
"""Where the host takes its time from: any callable that returns an aware UTC datetime.

Nothing else in the host reads the system's clock for business, so that a test or a demo sets the time of both ends.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tools.host.errors import SetupError

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def shifted_clock(start: datetime) -> Clock:
    """A clock that shows `start` now and then runs."""
    origin = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - origin)


def parse_clock(text: str) -> Clock:
    """Clock of an option: empty for the system's, else the ISO 8601 time to start from (UTC if no zone is given)."""
    if not text:
        return system_clock
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise SetupError(f"'{text}' is not a time such as 2026-11-20T11:15:30Z") from None
    return shifted_clock(start.replace(tzinfo=start.tzinfo or UTC).astimezone(UTC))
