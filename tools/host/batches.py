# SPDX-License-Identifier: MIT
"""Batches: opening, totals, settling and closing; the one place that knows which way money went.

Invariant: totals are computed from the transactions, never kept beside them; closing a batch and stepping to the next
is one commit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tools.host.models import Batch, Exchange, Terminal, Transaction
from tools.host.settings import Settings

LAST_NUMBER: Final = 999_999
_CREDIT_KINDS: Final = frozenset({"23", "25"})  # voids and refunds; all else is money to the merchant


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
            (credits if kind in _CREDIT_KINDS else debits).append(amount)
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


def ensure(session: Session, terminal: Terminal, now: datetime) -> Batch:
    """The terminal's open batch, opened if it is not yet."""
    batch = session.get(Batch, (terminal.tid, terminal.batch))
    if batch is None:
        batch = Batch(tid=terminal.tid, number=terminal.batch, opened_at=now)
        session.add(batch)
    return batch


def previous_number(number: int) -> int:
    return LAST_NUMBER if number <= 1 else number - 1


def find(session: Session, terminal: Terminal, number: int, now: datetime) -> Batch | None:
    """The batch that a request may be about: the open one, or the one whose end the terminal may have missed."""
    if number == terminal.batch:
        return ensure(session, terminal, now)
    if number == previous_number(terminal.batch):
        return session.get(Batch, (terminal.tid, number))
    return None


def close(session: Session, settings: Settings, terminal: Terminal, batch: Batch, now: datetime) -> None:
    """Close the open batch and step to the next; stored responses get their end of life."""
    batch.closed_at = now
    is_of_batch = (Exchange.tid == terminal.tid) & (Exchange.batch == batch.number)
    session.execute(update(Exchange).where(is_of_batch).values(expires_at=now + settings.keep_closed))
    terminal.batch = batch.number % LAST_NUMBER + 1
    ensure(session, terminal, now)


def expiry(session: Session, settings: Settings, tid: str, number: int, now: datetime) -> datetime | None:
    """End of life of a response stored under a batch: none while it is open."""
    batch = session.get(Batch, (tid, number))
    return None if batch is not None and batch.closed_at is None else now + settings.keep_closed
