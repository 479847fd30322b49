# SPDX-License-Identifier: MIT
"""The model: what was sold, given back and undone in the current batch, from what a person did and saw.

Where power or line failed at a bad moment it knows two endings, until the journal has one: from then on the terminal
is held to that. An amount that a phone has paid is sold, one that it has not is not, whatever failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests_host.endurance.wish import SALES, Kind, Wish
from tests_host.journeys.bench import Bench
from tools.journal import JournalRecord, Status

_KINDS: Final = {Kind.CASH: 1, Kind.PAID: 2, Kind.CANCELLED: 2, Kind.VOID: 3}
_WAYS: Final = {  # from what was seen of a transaction to what may be seen of it later
    Status.QUEUED: {Status.QUEUED, Status.ACKED, Status.VOIDED},
    Status.OPEN: {Status.OPEN, Status.UNDOING, Status.UNDONE, Status.ACKED, Status.VOIDED},
    Status.UNDOING: {Status.UNDOING, Status.UNDONE, Status.ACKED},
    Status.ACKED: {Status.ACKED, Status.VOIDED},
    Status.UNDONE: {Status.UNDONE},
    Status.VOIDED: {Status.VOIDED},
}
_BOOKED: Final = (Status.ACKED, Status.VOIDED)
FINAL: Final = (*_BOOKED, Status.UNDONE)


class Difference(AssertionError):
    """Something is lost, there twice, or not as it was done."""


def hold(is_so: object, words: str) -> None:
    """Difference with these words unless it is so."""
    if not is_so:
        raise Difference(words)


@dataclass
class Entry:
    """One transaction; `has_moved`: whether money must have moved in the end, None where only host and journal know."""

    wish: Wish
    has_moved: bool | None
    status: Status


class Till:
    """The current batch by STAN; `closed` counts what former ones have moved."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.closed: list[Entry] = []

    def note(self, wish: Wish, records: list[JournalRecord], has_paid: bool, is_sure: bool) -> None:
        """A wish has come to its end, or was broken off: what the journal has more than before, at most one, is its."""
        new = [record for record in records if record.stan not in self.entries]
        is_recorded = wish.kind in SALES or wish.kind is Kind.VOID
        hold(len(new) <= is_recorded, f"{wish.kind.value} of {wish.amount} is in the journal as {new}")
        hold(new or not is_sure, f"{wish.kind.value} of {wish.amount} was told as done and is not in the journal")
        for record in new:
            hold((record.kind, record.amount) == (_KINDS[wish.kind], wish.amount), f"{wish} is recorded as {record}")
            moved = {Kind.CASH: True, Kind.PAID: has_paid, Kind.CANCELLED: False}.get(wish.kind)
            self.entries[record.stan] = Entry(wish, moved, Status.QUEUED if record.kind == 1 else Status.OPEN)
        hold(new or not has_paid, f"{wish.amount} was paid for and is not in the journal")
        self.check(records)

    def check(self, records: list[JournalRecord]) -> None:
        """Everything that was recorded is still there as it was, and has gone no way that there is not."""
        hold({record.stan for record in records} == self.entries.keys(), "lost, or not made by anybody")
        for record in records:
            entry = self.entries[record.stan]
            hold((record.kind, record.amount) == (_KINDS[entry.wish.kind], entry.wish.amount), f"changed: {record}")
            hold(record.status in _WAYS[entry.status], f"{entry} has become {record.status.name}")
            entry.status = record.status
            if entry.status in FINAL and entry.has_moved is not None:
                hold((record.status in _BOOKED) == entry.has_moved, f"STAN {record.stan}: {entry}")
        self._check_voids()

    def _check_voids(self) -> None:
        """An original is marked because of a void that was done, and one void only gives it back."""
        given = [entry.wish.original for entry in self.entries.values() if _is_done_void(entry)]
        hold(len(set(given)) == len(given), f"given back twice: {given}")
        for stan, entry in self.entries.items():
            hold(entry.status is not Status.VOIDED or stan in given, f"STAN {stan} is marked as given back and is not")

    def voidable(self) -> list[int]:
        """Cash sales that the host has; what a void under way may be about is left alone."""
        meant = {entry.wish.original for entry in self.entries.values() if entry.status is not Status.UNDONE}
        known = self.entries.items()
        return [
            n for n, entry in known if entry.wish.kind is Kind.CASH and n not in meant and entry.status is Status.ACKED
        ]

    @property
    def cash(self) -> list[int]:
        """STANs of cash sales of this batch."""
        return [stan for stan, entry in self.entries.items() if entry.wish.kind is Kind.CASH]

    @property
    def is_final(self) -> bool:
        return all(entry.status in FINAL for entry in self.entries.values())

    def close(self, bench: Bench, number: int) -> None:
        """The batch is settled: journal, host's books and the model agree to the cent, and nothing is there twice."""
        self.check(bench.journal().batch(number))
        moved = {stan: entry for stan, entry in self.entries.items() if entry.status in _BOOKED}
        hold(self.is_final, f"settled with open ends: {self.entries}")
        batch, totals = bench.host.books.batch(bench.tid, number), bench.host.books.totals(bench.tid, number)
        hold(batch.closed_at is not None and batch.is_balanced, "the totals had to be mended by an upload")
        taken = [entry.wish.amount for entry in moved.values() if entry.wish.kind is not Kind.VOID]
        back = [entry.wish.amount for entry in moved.values() if entry.wish.kind is Kind.VOID]
        hold((totals.debit_count, totals.debit_minor) == (len(taken), sum(taken)), f"{totals}, not {taken}")
        hold((totals.credit_count, totals.credit_minor) == (len(back), sum(back)), f"{totals}, not {back}")
        rows = bench.host.books.records(bench.tid, number)
        booked = {row.stan: row.amount_minor for row in rows if row.status == "booked"}
        hold(booked == {stan: entry.wish.amount for stan, entry in moved.items()}, f"booked: {booked}")
        hold(bench.differences(number) == [], "the host's books differ from the journal")
        self.closed += self.entries.values()
        self.entries.clear()


def _is_done_void(entry: Entry) -> bool:
    return entry.wish.kind is Kind.VOID and entry.status is Status.ACKED
