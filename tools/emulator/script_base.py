# SPDX-License-Identifier: MIT
"""What every command of a script stands on: the board, whoever watches, and waiting for something to be so."""

from collections.abc import Callable
from typing import Final, Protocol

from tools.emulator.board import Board
from tools.emulator.script_syntax import ScriptError

_PATIENCE_MS: Final = 20_000
_REACTION_MS: Final = 120  # what a quick person takes from seeing a screen to the next key


class Desk(Protocol):
    """The acquirer's side of a run."""

    def answer(self, code: str, message: str) -> None:
        """The next answer, or the next to this message unless it is "", has this code and nothing else happens."""

    def order(self, word: str) -> None:
        """Put the terminal under "maintenance", "bar" it, or "free" it of both; "payment": its newest order is paid."""


class Stand:
    """`on_picture(name)` and `on_step(words)` are for whoever shows or keeps them; without `desk` the host of this run
    takes no orders.
    """

    def __init__(
        self,
        board: Board,
        on_picture: Callable[[str], None] | None = None,
        on_step: Callable[[str], None] | None = None,
        desk: Desk | None = None,
    ) -> None:
        self.board = board
        self.step = ""
        self.steps = 0
        self.on_picture = on_picture
        self.on_step = on_step
        self._desk = desk
        self._has_read = False  # the person has just read the screen
        self._heard = 0  # up to where the console has been listened to
        self._mark = self._now()

    def _until(self, is_met: Callable[[], bool], timeout_ms: int | None, wanted: str) -> None:
        if not self.board.run_until(is_met, _PATIENCE_MS if timeout_ms is None else timeout_ms):
            screen = "\n".join(self.board.panel.text()) or "(dark)"
            raise ScriptError(f"expected {wanted}, the screen says:\n{screen}\nLED {self.board.led.pattern()}")

    def _now(self) -> tuple[int, int]:
        return self.board.clock.now_us, self.board.panel.bytes_received

    def _react(self) -> None:
        if self._has_read:
            self._has_read = False
            self.board.run(ms=_REACTION_MS)

    @property
    def desk(self) -> Desk:
        """ScriptError when there is none."""
        if self._desk is None:
            raise ScriptError("the host of this run takes no orders")
        return self._desk
