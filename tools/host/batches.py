# SPDX-License-Identifier: MIT
"""Batches: opening, totals, settling and closing.

Invariant: totals are computed from the transactions, never kept beside them; closing a batch and stepping to the next
is one commit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tools.host.ledger import CREDIT_KINDS
from tools.host.models import Batch, Exchange, Order, Terminal, Transaction
from tools.host.settings import Settings

LAST_NUMBER: Final = 999_999


@dataclass(frozen=True)
class Totals:
    """Sums of a batch, minor units."""

    debit_minor: int = 0
    debit_count: int = 0
    credit_minor: int = 0
    credit_count: int = 0

    @classmethod
    def of(cls, records: Iterable[tuple[str, int]]) -> "Totals":
        """Totals of (kind, amount) pairs."""
        debits: list[int] = []
        credits: list[int] = []
        for kind, amount in records:
            (credits if kind in CREDIT_KINDS else debits).append(amount)
        return cls(sum(debits), len(debits), sum(credits), len(credits))

    @property
    def text(self) -> str:
        """As the first 30 characters of DE48; counts beyond three digits do not fit the profile."""
        return f"{self.debit_minor:012d}{self.debit_count:03d}{self.credit_minor:012d}{self.credit_count:03d}"


def booked(session: Session, tid: str, number: int) -> list[Transaction]:
    """Transactions of a batch that count, in order of STAN."""
    query = select(Transaction).where(Transaction.tid == tid, Transaction.batch == number)
    return list(session.scalars(query.where(Transaction.status == "booked").order_by(Transaction.stan)))


def totals(session: Session, tid: str, number: int) -> Totals:
    return Totals.of((record.kind, record.amount_minor) for record in booked(session, tid, number))


def totals_by(session: Session, tid: str, number: int, column: str) -> dict[str, Totals]:
    """Totals of a batch for each "operator", "shift", "kind" or "tender" in it."""
    groups: dict[str, list[tuple[str, int]]] = {}
    for record in booked(session, tid, number):
        groups.setdefault(getattr(record, column), []).append((record.kind, record.amount_minor))
    return {name: Totals.of(records) for name, records in sorted(groups.items())}


def ensure(session: Session, terminal: Terminal, now: datetime) -> Batch:
    """The terminal's open batch, opened if it is not yet."""
    batch = session.get(Batch, (terminal.tid, terminal.batch))
    if batch is None:
        batch = Batch(tid=terminal.tid, number=terminal.batch, opened_at=now)
        session.add(batch)
    return batch


def find(session: Session, terminal: Terminal, number: int, now: datetime) -> Batch | None:
    """The batch that a request is about: the current one, or an earlier one in the books, open or closed."""
    if number == terminal.batch:
        return ensure(session, terminal, now)
    return session.get(Batch, (terminal.tid, number))


def is_resumable(session: Session, terminal: Terminal, number: int) -> bool:
    """Whether a terminal that holds records of this batch may go on with it: it is open, or was closed last.

    In the latter case the terminal may have missed the answer to its batch end.
    """
    batch = session.get(Batch, (terminal.tid, number))
    if batch is None or batch.closed_at is None:
        return batch is not None
    query = select(func.max(Batch.closed_at)).where(Batch.tid == terminal.tid)
    return session.scalar(query) == batch.closed_at


def step(session: Session, terminal: Terminal, now: datetime) -> None:
    """Go on to the next batch number that the books do not hold."""
    number = terminal.batch % LAST_NUMBER + 1
    while session.get(Batch, (terminal.tid, number)) is not None:
        number = number % LAST_NUMBER + 1
    terminal.batch = number
    ensure(session, terminal, now)


def close(session: Session, settings: Settings, terminal: Terminal, batch: Batch, now: datetime) -> None:
    """Close a batch and step to the next if it was the current one; stored responses get their end of life, and
    nobody can pay its orders any more.
    """
    batch.closed_at = now
    is_unpaid = (Order.tid == terminal.tid) & (Order.batch == batch.number) & (Order.state == "open")
    session.execute(update(Order).where(is_unpaid).values(state="expired", ended_at=now))
    is_of_batch = (Exchange.tid == terminal.tid) & (Exchange.batch == batch.number)
    session.execute(update(Exchange).where(is_of_batch).values(expires_at=now + settings.keep_closed))
    if batch.number == terminal.batch:
        step(session, terminal, now)


def expiry(session: Session, settings: Settings, tid: str, number: int, now: datetime) -> datetime | None:
    """End of life of a response stored under a batch: none while it is open."""
    batch = session.get(Batch, (tid, number))
    return None if batch is not None and batch.closed_at is None else now + settings.keep_closed
