# SPDX-License-Identifier: MIT
"""What goes wrong during a soak: each kind is ordered for the transaction that follows, strikes in it or soon after,
and is over before the shift ends.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from tests_host.endurance.counter import Counter
from tools.emulator.flash import MODES

_OPERATIONS: Final = 6  # flash operations within which the power goes
_BYTES: Final = 700  # about two messages
_LATE_MS: Final = 33_000  # later than the terminal waits for an answer
_HOPE_S: Final = 1.0  # of real time in which an answer that is not lost is there
_DARK_MS: Final = (500, 20_000)


class Trouble:
    """`order` returns the kind; `end` puts everything in order again."""

    def __init__(self, counter: Counter, chance: random.Random) -> None:
        self._counter = counter
        self._bench = counter.bench
        self._chance = chance
        self._latency_ms = counter.board.link.latency_ms
        self._patience_s = counter.board.link.patience_s
        self._kinds: dict[str, Callable[[], None]] = {
            "network cut at a byte": self._cut_network,
            "request lost": lambda: self._lose(self._bench.host.faults.lose),
            "answer lost": lambda: self._lose(self._bench.host.faults.no_answer),
            "answer late": self._delay,
            "Wi-Fi off and on": self._darken,
            "power cut at a flash operation": self._cut_power,
            "host restarted": self._restart_host,
        }

    def order(self) -> str:
        kind = self._chance.choice(sorted(self._kinds))
        self._kinds[kind]()
        return kind

    def end(self) -> None:
        """After the transaction; what has not struck yet goes on to be in wait, but for air and latency."""
        board = self._counter.board
        board.link.latency_ms = self._latency_ms
        if self._bench.host.faults.is_empty():
            board.link.patience_s = self._patience_s
        if not board.wifi.is_up:
            if board.state != "off":
                board.run(self._chance.randint(*_DARK_MS))
            board.wifi.is_up = True

    def calm(self) -> None:
        """Nothing is in wait any more."""
        self.end()
        self._counter.board.flash.cancel_cut()
        self._bench.host.faults.clear()
        self._counter.board.link.patience_s = self._patience_s

    @property
    def is_in_wait(self) -> bool:
        board = self._counter.board
        return board.link.is_cut_pending or board.flash.is_cut_pending or not self._bench.host.faults.is_empty()

    def _cut_network(self) -> None:
        self._counter.board.link.cut_after(self._chance.randint(1, _BYTES), self._chance.choice(("up", "down")))

    def _lose(self, order: Callable[[str], None]) -> None:
        order(self._bench.tid)
        self._counter.board.link.patience_s = _HOPE_S

    def _delay(self) -> None:
        self._counter.board.link.latency_ms = _LATE_MS

    def _darken(self) -> None:
        self._counter.board.wifi.is_up = False

    def _cut_power(self) -> None:
        self._counter.board.flash.cut_at(self._chance.randint(1, _OPERATIONS), self._chance.choice(MODES))

    def _restart_host(self) -> None:
        host = self._bench.host
        port = host.port
        host.stop()
        host.start(port)
