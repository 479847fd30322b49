# SPDX-License-Identifier: MIT
"""A shop assistant with all kinds of customers: cash, a phone that pays, one that goes away, one who wants the money
back. Like the plain one this clerk looks at the screen and the journal, and so goes on after any power cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests_host.journeys.bench import Bench
from tests_host.journeys.clerk import Clerk
from tools.host.errors import PaymentError, UnknownError
from tools.journal import JournalRecord, Status
from tools.play.tongues import catalogue, count_mark
from tools.rig import SUPERVISOR

_QR: Final = 2
_VOID: Final = 3
_OPEN: Final = (Status.OPEN, Status.UNDOING)
_A_MOMENT_MS: Final = 1000


@dataclass(frozen=True)
class Work:
    """Amounts of a day in minor units, each different. `voided` is one of the cash sales."""

    cash: Sequence[int]
    orders: Sequence[int] = ()
    cancelled: Sequence[int] = ()
    voided: int = 0
    is_unbalanced: bool = False  # the host asks for the details at the sign-out


class BusyClerk(Clerk):
    """Does all of `work`, then signs out."""

    def __init__(self, bench: Bench, work: Work, batch: int = 1) -> None:
        super().__init__(bench, list(work.cash), batch)
        self._work = work
        words = {name: value.replace(" ", "") for name, value in catalogue().items()}
        self._entry = words["hint.entry"]
        self._receipt_of_void = ""
        more: list[tuple[str | re.Pattern[str], Callable[[], None]]] = [
            (words["pin.title"].replace("{0}", SUPERVISOR.number), lambda: bench.press(*SUPERVISOR.pin, "ENTER")),
            (words["order.scan"], self._at_the_code),
            (words["void.title"], lambda: bench.press("ENTER")),
            (re.compile(rf"\d{re.escape(count_mark())}\d"), self._browse),
            (words["order.title"], self._type_order),
            (words["order.none"], lambda: bench.press("ENTER")),
        ]
        self._habits = [*self._habits[:1], *more, *self._habits[1:]]

    def _records(self) -> list[JournalRecord]:
        return self._journal().batch(self._batch)

    def _unordered(self) -> list[int]:
        """Orders that are still to be made: what was undone is made again, what was to be cancelled is not."""
        records = [record for record in self._records() if record.kind == _QR]
        made = {record.amount for record in records if record.status is not Status.UNDONE}
        gone = {record.amount for record in records if record.status is Status.UNDONE}
        todo = [amount for amount in self._work.orders if amount not in made]
        return todo + [amount for amount in self._work.cancelled if amount not in made | gone]

    def _to_void(self) -> JournalRecord | None:
        for record in self._records():
            if record.amount == self._work.voided and record.kind == 1 and record.status is not Status.VOIDED:
                return record
        return None

    def _next(self) -> None:
        bench = self._bench
        records = self._records()
        original = self._to_void()
        if self._unsold():
            super()._next()
        elif self._unordered():
            bench.press("2")
        elif any(record.status in _OPEN for record in records) or original and original.status is Status.QUEUED:
            bench.board.run(_A_MOMENT_MS)
        elif original:
            bench.press("MENU", "9")
        else:
            super()._next()

    def _type_order(self) -> None:
        if self._entry in self._screen():
            self._bench.press(*str(self._unordered()[0]), "ENTER")
        else:
            self._bench.board.run(_A_MOMENT_MS)

    def _at_the_code(self) -> None:
        """The customer's phone; the terminal hears of it by itself."""
        bench = self._bench
        try:
            order = bench.host.phone.last(bench.tid)
            if order.amount_minor in self._work.cancelled:
                bench.press("CANCEL")
            else:
                bench.host.phone.pay(order.code)
        except (PaymentError, UnknownError):
            bench.board.run(_A_MOMENT_MS)  # paid already

    def _browse(self) -> None:
        """From the newest transaction to the one that is to be voided."""
        original = self._to_void()
        assert original is not None
        receipt = f"{original.batch:06d}{original.stan:06d}"
        self._bench.press("MENU" if receipt in self._screen() else "DOWN")

    def _unsold(self) -> list[int]:
        kept = {record.amount for record in self._records() if record.kind == 1}
        return [amount for amount in self._amounts if amount not in kept]
