# SPDX-License-Identifier: MIT
"""The script language with what the day needs besides.

dark                     nothing was drawn and the LED never lit since the last `step`
network slow | quick     how long the host's answers take
"""

from collections.abc import Callable
from typing import Final

from tools.day.camera import Camera
from tools.day.narrator import Narrator
from tools.emulator import Board
from tools.emulator.ocr import read_icons
from tools.emulator.script import Player, ScriptError

_QUICK_MS: Final = 40
_OPEN: Final = {"link2", "link3", "link4"}
_LINK_MS: Final = 30_000
_SLOW_MS: Final = 2500  # long enough for the eye, and for the LED's rhythm to be measured


class DayPlayer(Player):
    """Tells and films what it plays; `step` is the heading that stands over what happens now."""

    def __init__(self, board: Board, camera: Camera, narrator: Narrator) -> None:
        super().__init__(board, self._picture, self._step)
        self._camera = camera
        self._narrator = narrator
        self._mark = (board.clock.now_us, board.panel.bytes_received)
        self._own: dict[str, Callable[[], None]] = {
            "dark": self._dark,
            "linked": self._linked,
            "network slow": lambda: setattr(board.link, "latency_ms", _SLOW_MS),
            "network quick": lambda: setattr(board.link, "latency_ms", _QUICK_MS),
        }
        self.step = ""
        self.steps = 0

    def do(self, line: str) -> None:
        own = self._own.get(line)
        try:
            if own is None:
                super().do(line)
            else:
                own()
        except (KeyError, ValueError) as fault:
            raise ScriptError(f"not understood: {fault}") from None

    def _step(self, words: str) -> None:
        self.step = words
        self.steps += 1
        self._mark = (self.board.clock.now_us, self.board.panel.bytes_received)
        self._narrator.heading(self.steps, words, self.board.now_ms)

    def _picture(self, name: str) -> None:
        self._narrator.picture(self._camera.shoot(name))

    def _dark(self) -> None:
        since, received = self._mark
        board = self.board
        lit = [colour for at, colour in board.led.history if at >= since and any(colour)]
        if board.panel.is_lit or board.panel.bytes_received != received or lit or any(board.led.colour):
            raise ScriptError("something lit")

    def _linked(self) -> None:
        board = self.board
        if not board.run_until(lambda: bool(_OPEN.intersection(read_icons(board.panel.pixels))), _LINK_MS):
            raise ScriptError("the link did not come up")
