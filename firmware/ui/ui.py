# SPDX-License-Identifier: MIT
"""The counter side of the terminal: keys in, canvas and light out, one live screen.

Flows show screens and get results; they never see the drivers. The link asks `is_quiet()` before it starts a
handshake, since the chip runs no Python for up to a second then and a key pressed meanwhile would be lost.
"""

import asyncio
import time

from micropython import const

from firmware.ui.canvas import CENTRE, FULL, Canvas
from firmware.ui.light import steps

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from keypad import Keypad
    from rgb_led import RgbLed

_QUIET_MS = const(1500)
_BEAT_MS = const(5000)
_TYPE_AHEAD = const(16)
_PART_MS = const(3)
_DIM = const(0x10)  # contrast
_DIM_MS = const(30_000)
_DARK_MS = const(120_000)
POWER = "P"  # the power key, pressed for a moment
POWER_LONG = "PL"
POKE = "poke"  # not a key: something that the screen shows has changed


class Ui:
    """Keys, canvas and light. `beat` is called at least every 5 s while a screen waits."""

    def __init__(self, canvas: Canvas, keypad: "Keypad", led: "RgbLed", beat: "Callable[[], None]") -> None:
        self.canvas = canvas
        self.keypad = keypad
        self.led = led
        self._beat = beat
        self._keys: "list[str]" = []
        self._event = asyncio.Event()
        self._last_key_ms = time.ticks_add(time.ticks_ms(), -_QUIET_MS)
        self._is_partial = False  # the panel does not show all of the canvas yet
        self.pattern: object = None
        if TYPE_CHECKING:  # set by the terminal
            self.switch: Callable[[Any], None]  # told the live screen: the next language
        self.is_entry = False
        self.is_resting = False  # nobody needs to see the live screen all the time
        self.contrast = FULL
        self.dim_ms = _DIM_MS
        self.dark_ms = _DARK_MS  # without a key, until a screen that rests is dimmed, and dark; 0: never
        self._lit_ms = self._last_key_ms
        self._is_off = False  # the power key has made it dark
        self.is_dark = False  # nothing is lit: a health check, or the bench holds the light
        self.is_filled = False  # a picture takes the whole panel, the status row too
        self.status = ""  # icons and words of the top row, set by the application
        keypad.on_key = self.push

    def push(self, key: str) -> None:
        """A key from the keypad (or the bench). Beyond the type-ahead it is dropped, oldest kept. The one that wakes a
        dark screen does nothing else, for nobody could see what it would do.
        """
        was_lit = self.canvas.contrast > 0
        self.wake()
        self._last_key_ms = self._lit_ms
        if key == POWER:
            self._is_off = was_lit
            self._shine()
            return
        if not was_lit and key != POWER_LONG:
            return
        if len(self._keys) < _TYPE_AHEAD:
            self._keys.append(key)
        self._event.set()

    def wake(self) -> None:
        """There is something to be seen."""
        self._lit_ms = time.ticks_ms()
        self._is_off = False
        self._shine()

    def _shine(self) -> None:
        """A screen that rests is dimmed after a while, then dark."""
        level = self.contrast
        if self.is_resting:
            rest_ms = time.ticks_diff(time.ticks_ms(), self._lit_ms)
            if 0 < self.dark_ms <= rest_ms:
                self._is_off = True  # and stays so when the ticks come round
            if self._is_off:
                level = 0
            elif 0 < self.dim_ms <= rest_ms:
                level = min(level, _DIM)
        self.canvas.shine(level)

    def poke(self) -> None:
        """Make the live screen draw itself again."""
        if POKE not in self._keys:
            self._keys.append(POKE)
        self._event.set()

    def forget_keys(self) -> None:
        self._keys.clear()

    def is_quiet(self) -> bool:
        """Nobody is typing: no entry screen, no key for 1.5 s."""
        return not self.is_entry and time.ticks_diff(time.ticks_ms(), self._last_key_ms) >= _QUIET_MS

    def untouched_ms(self) -> int:
        """Since the last key."""
        return time.ticks_diff(time.ticks_ms(), self._last_key_ms)

    async def next_key(self, timeout_ms: int = -1) -> str:
        """The next key or POKE, "" after `timeout_ms` without one (-1: waits for ever)."""
        start = time.ticks_ms()
        self._shine()
        while self._is_partial and not self._keys:
            await asyncio.sleep_ms(_PART_MS)
            self._is_partial = self.canvas.show(False)
        while not self._keys:
            left = _BEAT_MS
            if timeout_ms >= 0:
                left = min(left, timeout_ms - time.ticks_diff(time.ticks_ms(), start))
                if left <= 0:
                    return ""
            self._event.clear()
            try:
                await asyncio.wait_for_ms(self._event.wait(), left)
            except asyncio.TimeoutError:
                self._beat()
                self._shine()
        self._beat()
        return self._keys.pop(0)

    def light(self, pattern: bytes) -> None:
        if pattern != self.pattern and not self.is_dark:
            self.pattern = pattern
            self.led.play(steps(pattern))

    def show(self, is_whole: bool = True) -> None:
        """What is not sent now goes while the next key is waited for; a key comes first."""
        if not self.is_filled:
            self.canvas.row(0, self.status)
        self._is_partial = self.canvas.show(is_whole)

    def progress(self, title: str, text: str, percent: int, warning: str = "") -> None:
        """Not a screen that waits: what is going on, how far it is, and what not to do."""
        canvas = self.canvas
        canvas.row(1, title, CENTRE)
        canvas.row(2, text, CENTRE)
        canvas.bar(3, percent)
        canvas.row(4, warning, CENTRE)
        self.show()
