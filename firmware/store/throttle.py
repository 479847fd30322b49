# SPDX-License-Identifier: MIT
"""Tries of a PIN: counted in flash before a PIN is used, and made to wait ever longer (E2).

The wait follows from the stored count alone. A restart begins it anew, so neither power nor clock makes it shorter.
"""

import time

from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Journal

_FREE = const(3)  # tries that wait for nothing
_FIRST_S = const(30)
_DOUBLINGS = const(5)  # then the longest wait
_LONGEST_S = const(900)
_MOST = const(255)


def delay_s(tries: int) -> int:
    """Seconds before the next try, after `tries` wrong ones: 0, 0, 0, then 30 doubled up to 900."""
    if tries < _FREE:
        return 0
    return _FIRST_S << tries - _FREE if tries - _FREE < _DOUBLINGS else _LONGEST_S


class Throttle:
    """`name` is the field of the state record that counts: `attempts` of operators, `approvals` of supervisors."""

    def __init__(self, journal: "Journal", name: str) -> None:
        self._journal = journal
        self._name = name
        self._wait_ms = 0
        self._since_ms = time.ticks_ms()

    @property
    def tries(self) -> int:
        return int(getattr(self._journal.state, self._name))

    def count(self) -> None:
        """Before a PIN is used: the try is durable and read back, or StoreError and no try."""
        self._journal.change(**{self._name: min(self.tries + 1, _MOST)})
        self._journal.check_state()
        self.restart()

    def restart(self) -> None:
        """Wait from now for what the count asks."""
        self._wait_ms = delay_s(self.tries) * 1000
        self._since_ms = time.ticks_ms()

    def clear(self) -> None:
        """A right PIN, the supervisor's or the host's word."""
        if self.tries:
            self._journal.change(**{self._name: 0})
        self._wait_ms = 0

    def left_s(self) -> int:
        """Seconds until the next try is taken."""
        if not self._wait_ms:
            return 0
        left_ms = self._wait_ms - time.ticks_diff(time.ticks_ms(), self._since_ms)
        if left_ms <= 0:
            self._wait_ms = 0  # not asked again: the ticks go round
            return 0
        return (left_ms + 999) // 1000
