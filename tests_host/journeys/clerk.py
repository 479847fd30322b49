# SPDX-License-Identifier: MIT
"""A shop assistant who looks at the screen and does what the terminal asks, until the day's sales are made and the
batch is closed: signs in again after a power cut, sells what is not in the journal yet, signs out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from tests_host.journeys.bench import Bench
from tools.journal import JournalImage
from tools.play.tongues import catalogue
from tools.rig import CASHIER

_STEPS: Final = 400
_PATIENCE_MS: Final = 60_000
_REACTION_MS: Final = 1500
_DARK_SALE: Final = 1  # the second sale is made while the Wi-Fi is gone


def _says(screen: str, words: str | re.Pattern[str]) -> bool:
    return words in screen if isinstance(words, str) else words.search(screen) is not None


class Clerk:
    """`amounts` in minor units, each different; `is_home` says when there is nothing more to do with `batch`."""

    def __init__(self, bench: Bench, amounts: list[int], batch: int = 1) -> None:
        self._bench = bench
        self._batch = batch
        self._amounts = amounts
        self._seen = ("", -1)
        self._read = (JournalImage(), -1)
        words = {name: value.replace(" ", "") for name, value in catalogue().items()}
        self._menu_item = re.compile(r"(\d)" + re.escape(words["menu.sign_out"]))
        self._habits: list[tuple[str | re.Pattern[str], Callable[[], None]]] = [
            (words["menu.sign_out"], self._choose),
            (words["lock.title"].replace("{0}", ""), lambda: bench.press("ENTER")),
            (words["operator.title"], lambda: bench.press(*CASHIER.number, "ENTER")),
            (words["shift.title"], lambda: bench.press("1", "ENTER")),
            (words["pin.title"].replace("{0}", CASHIER.number), lambda: bench.press(*CASHIER.pin, "ENTER")),
            (words["amount.title"], lambda: bench.press(*str(self._unsold()[0]), "ENTER")),
            (words["amount.confirm"], lambda: bench.press("ENTER")),
            (words["sale.done"], self._sold),
            (words["totals.title"], lambda: bench.press("ENTER")),
            (words["sign_out.confirm"], lambda: bench.press("ENTER")),
            (words["ready"], self._next),
            (words["hint.ok"], lambda: bench.press("ENTER")),
            (words["hint.more"], lambda: bench.press("ENTER")),
            (words["hint.retry"], lambda: bench.press("ENTER")),
        ]

    @property
    def is_home(self) -> bool:
        """The batch is closed and nobody is signed in."""
        state = self._journal().state
        return state.get("code") == 0 and state.get("batch", 0) > self._batch

    def work(self) -> None:
        """Until the day is done or the power goes."""
        board = self._bench.board
        for _ in range(_STEPS):
            if board.state == "off" or self.is_home:
                return
            habit: list[Callable[[], None]] = []
            asked = board.run_until(partial(self._is_asked, habit), _PATIENCE_MS)
            assert asked, f"nothing to do on this screen for a minute: {board.panel.text()}"
            if habit:
                self._act(habit[0])
        records = [
            (record.stan, record.kind, record.amount, record.status.name) for record in self._journal().transactions
        ]
        raise AssertionError(f"the day does not end: {board.panel.text()}, {records}")

    def _act(self, action: Callable[[], None]) -> None:
        """Do it, and wait a moment for the screen to change."""
        board, before = self._bench.board, self._screen()
        action()
        board.run_until(lambda: board.state != "running" or self._screen() != before, _REACTION_MS)

    def _journal(self) -> JournalImage:
        """Read again when something was written."""
        operations = self._bench.board.flash.operations
        if operations != self._read[1]:
            self._read = (self._bench.journal(), operations)
        return self._read[0]

    def _screen(self) -> str:
        generation = self._bench.board.panel.generation
        if generation != self._seen[1]:
            self._seen = (self._bench.screen, generation)
        return self._seen[0]

    def _is_asked(self, habit: list[Callable[[], None]]) -> bool:
        return self._bench.board.state != "running" or self._recognise(habit)

    def _recognise(self, habit: list[Callable[[], None]]) -> bool:
        screen = self._screen()
        habit += [action for words, action in self._habits if _says(screen, words)][:1]
        return bool(habit)

    def _unsold(self) -> list[int]:
        """What the journal does not have."""
        kept = {record.amount for record in self._journal().transactions}
        return [amount for amount in self._amounts if amount not in kept]

    def _next(self) -> None:
        wifi, unsold = self._bench.board.wifi, self._unsold()
        if unsold and self._amounts.index(unsold[0]) == _DARK_SALE:
            wifi.is_up = False
        self._bench.press("1" if unsold else "MENU")

    def _sold(self) -> None:
        self._bench.board.wifi.is_up = True
        self._bench.press("ENTER")

    def _choose(self) -> None:
        found = self._menu_item.search(self._screen())
        assert found is not None
        self._bench.press(found[1])
