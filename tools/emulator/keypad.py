# SPDX-License-Identifier: MIT
"""Owns the fingers: a 4x4 matrix of bouncing switches, and the power button.

Times are what a hand does and what a membrane's contacts do; everything else follows electrically in pins.py, ghosts
included, for the matrix has no diodes.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tools.emulator.clock import Clock
from tools.emulator.pins import GROUND, Pins

ROWS = (13, 14, 16, 17)
COLUMNS = (25, 26, 27, 32)
LAYOUT = "123A456B789C*0#D"
ALIASES = {"MENU": "A", "CANCEL": "B", "CLEAR": "C", "ENTER": "D", "UP": "*", "DOWN": "#"}
POWER_PIN = 33
_BOUNCE_US = 4000  # contacts settle within this time
_BOUNCES = 3


class Switch:
    """One contact that bounces when it changes."""

    def __init__(self, clock: Clock, pins: Pins, a: int, b: int, seed: str) -> None:
        self._clock, self._pins, self._ends = clock, pins, (a, b)
        self._random = random.Random(seed)
        self.is_down = False
        self.settle_us = _BOUNCE_US
        self.worn_bounces = 0

    def move(self, is_down: bool, delay_us: int = 0, bounces: int = _BOUNCES) -> None:
        """Close or open `delay_us` from now, bouncing first."""
        at_us = self._clock.now_us + delay_us
        times = sorted(self._random.randrange(self.settle_us) for _ in range(2 * (bounces + self.worn_bounces)))
        for index, offset in enumerate([0, *times]):
            self._clock.at(at_us + offset, self._setter(is_down == (index % 2 == 0)))

    def _setter(self, is_down: bool) -> Callable[[], None]:
        def set_contact() -> None:
            self.is_down = is_down
            (self._pins.close if is_down else self._pins.open)(*self._ends)

        return set_contact


class Keypad:
    """`press` runs the simulation while it presses; `hold` and `release` only move the finger."""

    def __init__(self, clock: Clock, pins: Pins, seed: int, run_us: Callable[[int], None]) -> None:
        self._run_us = run_us
        self.down_ms = 80
        self.gap_ms = 60
        self.bounces = _BOUNCES
        self._switches = {
            key: Switch(clock, pins, ROWS[index // 4], COLUMNS[index % 4], f"{seed}/{key}")
            for index, key in enumerate(LAYOUT)
        }

    def _switch(self, name: str) -> Switch:
        return self._switches[ALIASES.get(name, name)]

    def press(self, *names: str, down_ms: int | None = None, gap_ms: int | None = None) -> None:
        """Press and release each key in turn."""
        down_us = 1000 * (self.down_ms if down_ms is None else down_ms)
        gap_us = 1000 * (self.gap_ms if gap_ms is None else gap_ms)
        for name in names:
            switch = self._switch(name)
            switch.move(True, bounces=self.bounces)
            switch.move(False, down_us, bounces=self.bounces)
            self._run_us(down_us + gap_us)

    def type(self, text: str) -> None:
        """Press each character of `text`."""
        self.press(*text)

    def hold(self, name: str) -> None:
        """Put a finger on a key; it goes down as the simulation runs."""
        self._switch(name).move(True, bounces=self.bounces)

    def release(self, name: str | None = None) -> None:
        """Take the finger off one key, or off all."""
        for switch in [self._switch(name)] if name else self._switches.values():
            if name or switch.is_down:
                switch.move(False, bounces=self.bounces)

    def wear(self, name: str, bounces: int = 12, settle_ms: int = 15) -> None:
        """A worn contact: from now on this key bounces more and longer."""
        switch = self._switch(name)
        switch.worn_bounces, switch.settle_us = bounces, settle_ms * 1000

    stick = hold
    """A stuck key is a finger that stays."""


class Button:
    """The power button: shorts its RTC pin to ground."""

    def __init__(self, clock: Clock, pins: Pins, seed: int, run_us: Callable[[int], None]) -> None:
        self._switch = Switch(clock, pins, POWER_PIN, GROUND, f"{seed}/power")
        self._run_us = run_us

    def hold(self, ms: int) -> None:
        """Press for `ms`, running until it is released and has settled."""
        self.press()
        self._switch.move(False, ms * 1000)
        self._run_us(ms * 1000 + _BOUNCE_US)

    def press(self) -> None:
        self._switch.move(True)

    def release(self) -> None:
        self._switch.move(False)
