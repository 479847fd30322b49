# SPDX-License-Identifier: MIT
"""Owns what outlives a reset of the chip: battery, real-time clock, RTC memory, watchdog, causes and wake sources."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tools.emulator.clock import Clock, Event

PWRON, HARD, WDT, DEEPSLEEP, SOFT = range(1, 6)
CAUSES = {PWRON: "PWRON", HARD: "HARD", WDT: "WDT", DEEPSLEEP: "DEEPSLEEP", SOFT: "SOFT"}
EXT0_WAKE, TIMER_WAKE = 2, 4
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SECOND_US = 1_000_000


class Battery:
    """A cell behind a 1:2 divider on the ADC."""

    def __init__(self, seed: int) -> None:
        self.volts = 3.95
        self.noise_mv = 4.0
        self._random = random.Random(f"{seed}/adc")

    def read_uv(self) -> int:
        """Microvolts at the ADC's pin."""
        return max(0, int(self.volts / 2 * 1e6 + self._random.gauss(0, self.noise_mv * 1000)))


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
        self.timer_ms = 0
