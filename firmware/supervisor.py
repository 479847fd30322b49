# SPDX-License-Identifier: MIT
"""Feeds the watchdog, but only while every task has been heard from and none has ended.

The watchdog cannot be stopped: after 15 s without food the chip resets and the terminal comes back locked.
"""

import asyncio
import time

import machine
from micropython import const

from firmware import log

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_WATCHDOG_MS = const(15_000)
_FEED_MS = const(5_000)


class Supervisor:
    """Tasks say `beat(name)`; each has its own longest silence, ms."""

    def __init__(self) -> None:
        self._allowed: "dict[str, int]" = {}
        self._heard: "dict[str, Any]" = {}  # ticks
        self._tasks: "dict[str, asyncio.Task]" = {}
        self._watchdog: "machine.WDT | None" = None
        self.on_round: "Callable[[], object]" = self.feed  # work of every few seconds

    def start(self) -> None:
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)

    def feed(self) -> None:
        """For long work before the tasks run, and before a handshake, in which no Python runs."""
        if self._watchdog is not None:
            self._watchdog.feed()

    def beat(self, name: str) -> None:
        self._heard[name] = time.ticks_ms()

    def beat_main(self) -> None:
        self.beat("main")

    def watch(self, name: str, silence_ms: int, task: "asyncio.Task | None" = None) -> None:
        """Expect a beat of `name` every `silence_ms` (0: none expected, the task only must not end)."""
        self._allowed[name] = silence_ms
        self.beat(name)
        if task is not None:
            self._tasks[name] = task

    def missing(self) -> str:
        """The first task that is not heard from or has ended, or ""."""
        now = time.ticks_ms()
        for name in self._allowed:
            allowed = self._allowed[name]
            task = self._tasks.get(name)
            if allowed and time.ticks_diff(now, self._heard[name]) > allowed or task is not None and task.done():
                return name
        return ""

    async def run(self) -> None:
        while True:
            name = self.missing()
            if name:
                log.event("supervisor", "lost", name)
                return  # the watchdog does the rest
            self.feed()
            self.on_round()
            await asyncio.sleep_ms(_FEED_MS)
