# SPDX-License-Identifier: MIT
"""Owns virtual time: a count of microseconds and a queue of things that happen at a given microsecond.

Nothing else in the emulator knows the host's wall clock.  Events of the same microsecond run in the order in
which they were scheduled, so that a run is a function of its script and seed alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class Event:
    """One scheduled call; `cancel()` makes it do nothing."""

    __slots__ = ("action", "at_us")

    def __init__(self, at_us: int, action: Callable[[], None]) -> None:
        self.at_us = at_us
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Clock:
    """Microseconds since the board was made."""

    def __init__(self) -> None:
        self.now_us = 0
        self._order = count()
        self._queue: list[tuple[int, int, Event]] = []

    def at(self, at_us: int, action: Callable[[], None]) -> Event:
        """Run `action` at `at_us`, or at once when that is past."""
        event = Event(max(at_us, self.now_us), action)
        heapq.heappush(self._queue, (event.at_us, next(self._order), event))
        return event

    def after(self, delay_us: int, action: Callable[[], None]) -> Event:
        return self.at(self.now_us + delay_us, action)

    def next_us(self) -> int | None:
        """When the next live event is due."""
        queue = self._queue
        while queue and queue[0][2].action is None:
            heapq.heappop(queue)
        return queue[0][0] if queue else None

    def advance_to(self, target_us: int) -> None:
        """Move to `target_us`, running everything due on the way at its own time."""
        while (due := self.next_us()) is not None and due <= target_us:
            _, _, event = heapq.heappop(self._queue)
            self.now_us = max(self.now_us, due)
            action, event.action = event.action, None
            if action is not None:
                action()
        self.now_us = max(self.now_us, target_us)
