# SPDX-License-Identifier: MIT
"""The finger of whoever clicks: turns downs and ups of any haste into presses that a hand could do.

Runs in the board's thread, in the board's time. Invariant: a key that went down comes up; at most one key of the
keypad is down at a time, for one finger presses it.
"""

from typing import Final

from tools.emulator import Board
from tools.emulator.keypad import LAYOUT

POWER: Final = "power"
NAMES: Final = frozenset([*LAYOUT, POWER])
_DOWN_US: Final = 60_000  # the shortest touch
_GAP_US: Final = 45_000  # from one key to the next
_HASTE_US: Final = 3_000_000  # presses further behind than this are not made any more


class Finger:
    """`held` names what is down now."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._down_us: dict[str, int] = {}
        self._free_us = 0

    @property
    def held(self) -> list[str]:
        return sorted(self._down_us)

    def down(self, name: str) -> None:
        """Press a key of the keypad or the power button."""
        now = self._board.clock.now_us
        if name in self._down_us or name not in NAMES:
            return
        if name == POWER:
            self._down_us[name] = now
            self._board.button.press()
            return
        self._lift(keep=POWER)
        at = max(now, self._free_us)
        if at - now > _HASTE_US:
            return
        self._down_us[name] = at
        self._board.clock.at(at, lambda: self._board.keypad.hold(name))

    def up(self, name: str) -> None:
        """Let go of it, once it has been down for as long as a touch takes."""
        since = self._down_us.pop(name, None)
        if since is None:
            return
        at = max(self._board.clock.now_us, since + _DOWN_US)
        if name == POWER:
            self._board.clock.at(at, self._board.button.release)
            return
        self._board.clock.at(at, lambda: self._board.keypad.release(name))
        self._free_us = at + _GAP_US

    def lift_all(self) -> None:
        """The hand is gone."""
        self._lift()

    def _lift(self, keep: str = "") -> None:
        for name in self.held:
            if name != keep:
                self.up(name)
