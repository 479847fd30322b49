# SPDX-License-Identifier: MIT
"""An RGB LED on three PWM channels, showing patterns: tuples of steps (red, green, blue, ms), 0 .. 255 each.

A step of 0 ms holds for ever and costs no wake-ups. Nothing is allocated while a pattern blinks.
"""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import PWM

    Step = tuple[int, int, int, int]
    Pattern = tuple[Step, ...]


class RgbLed:
    """`play()` at any time, before the event loop runs too; the task `run()` makes patterns move."""

    def __init__(self, red: PWM, green: PWM, blue: PWM) -> None:
        self.channels = (red, green, blue)
        self._event = asyncio.Event()
        self.pattern: Pattern = ()
        self._dark_ms = 0
        self.play(((0, 0, 0, 0),))

    def set(self, colour: tuple[int, ...]) -> None:
        """Show the first three numbers of a colour or step, until the next step of the pattern."""
        for i in range(3):
            self.channels[i].duty_u16(colour[i] * 257)

    def play(self, pattern: Pattern) -> None:
        """Switch at once; a pattern that plays already is not disturbed in its rhythm."""
        if pattern != self.pattern:
            self.pattern = pattern
            self.set(pattern[0])
            self._event.set()

    def wink(self, ms: int) -> None:
        """Dark for a moment, where the pattern is steady; one that moves has no moment to spare."""
        if not self.pattern[0][3]:
            self.set((0, 0, 0))
            self._dark_ms = ms
            self._event.set()

    async def run(self) -> None:
        """Play what `play()` was given last, for ever."""
        player = None
        try:
            while True:
                self._event.clear()
                if self._dark_ms:
                    await asyncio.sleep_ms(self._dark_ms)
                    self._dark_ms = 0
                    self.set(self.pattern[0])
                if self.pattern[0][3]:
                    player = asyncio.create_task(self._step(self.pattern))
                await self._event.wait()
                if player:
                    player.cancel()
                    player = None
        finally:
            if player:
                player.cancel()

    async def _step(self, pattern: Pattern) -> None:
        while True:
            for step in pattern:
                self.set(step)
                if not step[3]:
                    return
                await asyncio.sleep_ms(step[3])
