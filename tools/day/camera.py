# SPDX-License-Identifier: MIT
"""Films the panel in virtual time: pictures on request, and every picture that stood long enough to be seen.

Only what the chip shows at rest counts, so that no frame is half drawn. Writes PNGs, the contact sheet and the GIF.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.emulator import Board, render
from tools.emulator.led import named_colour

Colour = tuple[float, float, float]
Pixels = list[list[int]]

_LOOK_US: Final = 40_000
_BUSY_US: Final = 3_000
_LONGEST_MS: Final = 1_400  # of a picture in the animation: nobody waits for a shop's pauses
_SCALE: Final = 4
SHEET: Final = "sheet.png"
ANIMATION: Final = "day.gif"


@dataclass(frozen=True)
class Shot:
    """One picture asked for by the script; between two blinks `led` is the colour that blinks."""

    name: str
    pixels: Pixels
    led: Colour
    led_pattern: str


class Camera:
    """Looks at `board` every 40 ms of its time from now on; `on_change` is told when another picture stands there."""

    def __init__(self, board: Board, on_change: Callable[[], None] | None = None) -> None:
        self._board = board
        self._on_change = on_change
        self._generation = -1
        self._film: list[tuple[int, Pixels]] = []
        self.shots: list[Shot] = []
        self._look()

    def _look(self) -> None:
        board = self._board
        board.clock.after(_LOOK_US if board.is_idle else _BUSY_US, self._look)
        if not board.is_idle or board.panel.generation == self._generation:
            return
        self._generation = board.panel.generation
        pixels = board.panel.pixels
        if not self._film or self._film[-1][1] != pixels:
            self._film.append((board.now_ms, pixels))
            if self._on_change is not None:
                self._on_change()

    def shoot(self, name: str) -> Shot:
        """Keep what stands on the panel now."""
        board = self._board
        pattern = board.led.pattern()
        led = board.led.colour if any(board.led.colour) else named_colour(pattern.split()[-1])
        shot = Shot(name, board.panel.pixels, led, pattern)
        self.shots.append(shot)
        return shot

    def take(self, name: str) -> None:
        """As `shoot`, for who does not want to see it."""
        self.shoot(name)

    def _frames(self) -> list[tuple[Pixels, int]]:
        ends = [at for at, _ in self._film[1:]] + [self._board.now_ms]
        return [
            (pixels, min(end - at, _LONGEST_MS)) for (at, pixels), end in zip(self._film, ends, strict=True) if end > at
        ]

    def develop(self, folder: Path) -> list[Path]:
        """Write everything; the files' paths."""
        paths = []
        for number, shot in enumerate(self.shots, 1):
            paths.append(folder / f"{number:02d}-{shot.name}.png")
            render.png(shot.pixels, paths[-1], _SCALE, shot.led)
        if self.shots:
            captions = [(f"{number:02d} {shot.name}", shot.pixels) for number, shot in enumerate(self.shots, 1)]
            render.contact_sheet(captions, folder / SHEET, columns=4, leds=[shot.led for shot in self.shots])
            paths.append(folder / SHEET)
        if frames := self._frames():
            render.animation(frames, folder / ANIMATION)
            paths.append(folder / ANIMATION)
        return paths
