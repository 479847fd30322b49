# SPDX-License-Identifier: MIT
"""The end of the day: the host's books beside the terminal's journal, read from the flash, line by line.

Invariant: every transaction, total and state that one side holds is compared, whichever side that is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tools.host.books import Books
from tools.host.models import Transaction
from tools.journal import JournalImage, JournalRecord, Status

_NOBODY: Final = 255
_FIRST_BATCH: Final = 1  # what the host tells a new terminal at its first sign-in
_ABSENT: Final = "-"
_BOOKED: Final = "booked"
_STATUS: Final = {Status.QUEUED: "not uploaded", Status.ACKED: "uploaded", Status.REJECTED: "rejected"}


@dataclass(frozen=True)
class Line:
    """One thing that both sides must say alike."""

    what: str
    terminal: str
    host: str
    is_agreed: bool


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _kept(record: JournalRecord | None) -> str:
    return f"{money(record.amount)} {record.operator:03d} {_STATUS[record.status]}" if record else _ABSENT


def _booked(row: Transaction | None) -> str:
    return f"{money(row.amount_minor)} {row.operator} {row.status}" if row else _ABSENT


def _is_same(record: JournalRecord | None, row: Transaction | None) -> bool:
    if record is None:
        return row is None
    if row is None:
        return record.status is Status.REJECTED
    is_same_sale = (record.amount, f"{record.operator:03d}") == (row.amount_minor, row.operator)
    return is_same_sale and record.status is Status.ACKED and row.status == _BOOKED


def _transactions(books: Books, journal: JournalImage, tid: str, batch: int) -> Iterator[Line]:
    kept = {record.stan: record for record in journal.batch(batch)}
    booked = {row.stan: row for row in books.records(tid, batch)}
    for stan in sorted(kept.keys() | booked.keys()):
        record, row = kept.get(stan), booked.get(stan)
        yield Line(f"batch {batch:06d}, STAN {stan:06d}", _kept(record), _booked(row), _is_same(record, row))


def _totals(books: Books, journal: JournalImage, tid: str, batch: int) -> Line:
    counted = [record.amount for record in journal.batch(batch) if record.status is not Status.REJECTED]
    ours, sums = (len(counted), sum(counted)), books.totals(tid, batch)
    theirs = (sums.debit_count - sums.credit_count, sums.debit_minor - sums.credit_minor)
    words = [f"{count} sales, {money(amount)}" for count, amount in (ours, theirs)]
    return Line(f"batch {batch:06d}, totals", words[0], words[1], ours == theirs)


def _closing(books: Books, journal: JournalImage, tid: str, batch: int) -> Line:
    row = books.batch(tid, batch)
    host = ("closed" if row.closed_at else "open") + {True: ", balanced", False: ", not balanced", None: ""}[
        row.is_balanced
    ]
    terminal = "closed, balanced" if journal.state.get("batch", 0) > batch else "open"
    is_settled_alike = row.terminal_totals == row.host_totals
    return Line(f"batch {batch:06d}, settlement", terminal, host, terminal == host and is_settled_alike)


def compare(books: Books, journal: JournalImage, tid: str) -> list[Line]:
    """All lines, the agreed ones too."""
    lines: list[Line] = []
    row, state = books.terminal(tid), journal.state
    open_batch = state.get("batch", 0)
    numbers = {record.batch for record in journal.transactions} | {batch.number for batch in books.batches(tid)}
    for batch in sorted(numbers):
        lines += _transactions(books, journal, tid, batch)
        if batch != row.batch or journal.batch(batch):
            lines.append(_totals(books, journal, tid, batch))
            lines.append(_closing(books, journal, tid, batch))
    is_next = open_batch == row.batch or (not open_batch and row.batch == _FIRST_BATCH)
    lines.append(Line("open batch", f"{open_batch:06d}" if open_batch else "none yet", f"{row.batch:06d}", is_next))
    operator = state.get("operator", _NOBODY)
    names = ["nobody" if operator == _NOBODY else f"{operator:03d}", row.operator or "nobody"]
    lines.append(Line("signed in", names[0], names[1], names[0] == names[1]))
    return lines
