# SPDX-License-Identifier: MIT
"""Owns what outlives a reset of the chip: real-time clock, RTC memory, watchdog, causes and wake sources.

Causes are what machine.reset_cause() says (mp_machine_reset_cause of the port): esp_restart() is a hard reset there, a
brown-out a power-on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tools.emulator.clock import Clock, Event
from tools.emulator.pins import Pins

PWRON, HARD, WDT, DEEPSLEEP, SOFT = range(1, 6)
_TOLD = 7  # the bits of a cause that the port tells
BROWN_OUT = PWRON | _TOLD + 1
CAUSES = {PWRON: "PWRON", HARD: "HARD", WDT: "WDT", DEEPSLEEP: "DEEPSLEEP", SOFT: "SOFT", BROWN_OUT: "BROWNOUT"}
EXT0_WAKE, TIMER_WAKE = 2, 4
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SECOND_US = 1_000_000


class BrownOut(Exception):
    """Raised inside the call of the chip at which the supply sags too far."""


def told_cause(cause: int) -> int:
    """What the port makes of a cause."""
    return cause & _TOLD


class Rtc:
    """The chip's calendar: right only since someone last set it, and drifting by `drift_ppm`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.drift_ppm = 0.0
        self.power_on()

    def power_on(self) -> None:
        """After a loss of power it is 2000-01-01 and the RTC memory is empty."""
        self.memory = b""
        self._base_us = self._clock.now_us
        self._offset_us = 0

    def read_us(self) -> int:
        """Microseconds since 2000."""
        elapsed = self._clock.now_us - self._base_us
        return self._offset_us + elapsed + int(elapsed * self.drift_ppm / 1e6)

    def set_us(self, value: int) -> None:
        self._base_us = self._clock.now_us
        self._offset_us = value

    @property
    def now(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.read_us())


class Watchdog:
    """Armed once, it cannot be stopped but by a reset or deep sleep."""

    def __init__(self, clock: Clock, bite: Callable[[], None]) -> None:
        self._clock, self._bite = clock, bite
        self._event: Event | None = None
        self.timeout_ms = 0

    def arm(self, timeout_ms: int) -> None:
        self.timeout_ms = timeout_ms
        self.feed()

    def feed(self) -> None:
        self._cancel()
        if self.timeout_ms:
            self._event = self._clock.after(self.timeout_ms * 1000, self._bite)

    def stop(self) -> None:
        self.timeout_ms = 0
        self._cancel()

    def _cancel(self) -> None:
        if self._event is not None:
            self._event.cancel()
            self._event = None


class WakeSources:
    """What may end deep sleep."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.pin = -1
        self.level = 0
        self.timer_ms = -1  # none

    def is_met(self, pins: Pins) -> bool:
        """Does the pin have the level that wakes?"""
        if self.pin < 0:
            return False
        pins.pads[self.pin].pull = 2 - self.level  # the RTC domain keeps a pull against the wake level
        return pins.level(self.pin) == self.level
