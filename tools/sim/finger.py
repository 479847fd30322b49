# SPDX-License-Identifier: MIT
"""The finger of whoever clicks: turns downs and ups of any haste into presses that a hand could do.

Runs in the board's thread, in the board's time. Invariant: a key that went down comes up; at most one key of the
keypad is down at a time, for one finger presses it; a key stays down until the chip has had time to look.
"""

from collections import deque
from typing import Final

from tools.emulator import Board
from tools.emulator.keypad import LAYOUT

POWER: Final = "power"
NAMES: Final = frozenset([*LAYOUT, POWER])
_DOWN_US: Final = 60_000  # the shortest touch
_UP_US: Final = 40_000  # from one key to the next
_LOOK_US: Final = 15_000
_LOOKS: Final = 2  # at a chip that waits, and so scans its keys
_BUSY_US: Final = 1_000_000  # nobody holds a key for longer because nothing happens
_HASTE: Final = 32  # moves that may be due; more presses are not made


class Finger:
    """`held` names what is down, or will be in a moment."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._held: set[str] = set()
        self._moves: deque[tuple[str, bool]] = deque()
        self._is_moving = False
        self._calm = 0
        self._give_up_us = 0

    @property
    def held(self) -> list[str]:
        return sorted(self._held)

    def down(self, name: str) -> None:
        """Press a key of the keypad or the power button."""
        if name in self._held or name not in NAMES:
            return
        if name == POWER:
            self._board.button.press()
        elif len(self._moves) > _HASTE:
            return
        else:
            for other in self.held:
                if other != POWER:
                    self.up(other)
            self._moves.append((name, True))
        self._held.add(name)
        self._go_on()

    def up(self, name: str) -> None:
        """Let go of it."""
        if name not in self._held:
            return
        self._held.discard(name)
        if name == POWER:
            self._board.clock.after(_DOWN_US, self._board.button.release)
        else:
            self._moves.append((name, False))
        self._go_on()

    def lift_all(self) -> None:
        """The hand is gone."""
        for name in self.held:
            self.up(name)

    def _go_on(self) -> None:
        """Make the next move, unless the last one is still under way."""
        if self._is_moving or not self._moves:
            return
        name, is_down = self._moves.popleft()
        (self._board.keypad.hold if is_down else self._board.keypad.release)(name)
        self._is_moving, self._calm = True, 0
        span_us = _DOWN_US if is_down else _UP_US
        self._give_up_us = self._board.clock.now_us + span_us + _BUSY_US
        self._board.clock.after(span_us, self._look)

    def _look(self) -> None:
        """A chip that computes has not seen the key yet: wait for it, within reason."""
        clock = self._board.clock
        self._calm = self._calm + 1 if self._board.is_idle else 0
        if self._calm < _LOOKS and clock.now_us < self._give_up_us:
            clock.after(_LOOK_US, self._look)
            return
        self._is_moving = False
        self._go_on()
