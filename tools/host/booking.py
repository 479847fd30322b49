# SPDX-License-Identifier: MIT
"""Records in the books: the one place where a transaction comes into being, is undone or changed.

Invariants: a transaction and its ledger entry are one commit; one (terminal, batch, STAN) is one sale, order or
credit, and none at all once it was reversed.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tools.host import ledger
from tools.host.models import Order, Reversal, SignIn, Terminal, Transaction

BOOKED, DISPUTED, REVERSED = "booked", "disputed", "reversed"


def find(session: Session, tid: str, batch: int, stan: int) -> Transaction | None:
    """The transaction of a key, whatever became of it."""
    return session.scalar(select(Transaction).filter_by(tid=tid, batch=batch, stan=stan))


def find_order(session: Session, tid: str, batch: int, stan: int) -> Order | None:
    return session.scalar(select(Order).filter_by(tid=tid, batch=batch, stan=stan))


def is_taken(session: Session, tid: str, batch: int, stan: int) -> bool:
    """Whether a key has been used or reversed."""
    if session.get(Reversal, (tid, batch, stan)) is not None:
        return True
    return find(session, tid, batch, stan) is not None or find_order(session, tid, batch, stan) is not None


def is_begun(session: Session, tid: str, batch: int) -> bool:
    """Whether any STAN of a batch has been used for a sale, an order, a credit or a reversal."""
    return any(
        session.scalars(select(table.stan).filter_by(tid=tid, batch=batch).limit(1)).first() is not None
        for table in (Transaction, Order, Reversal)
    )


def _shift(session: Session, terminal: Terminal, operator: str) -> str:
    """Shift of an operator: a stored sale may come in after the next one has begun."""
    query = select(SignIn.shift).filter_by(tid=terminal.tid, operator=operator, result="00")
    shift = session.scalar(query.order_by(SignIn.id.desc()).limit(1))
    return terminal.shift if shift is None else shift


def book(session: Session, terminal: Terminal, record: Transaction, now: datetime) -> None:
    """Enter a new record, with its shift and its ledger entry."""
    record.shift, record.status, record.created_at = _shift(session, terminal, record.operator), BOOKED, now
    session.add(record)
    session.flush()
    ledger.book(session, terminal.mid, record, now)


def reverse(session: Session, terminal: Terminal, record: Transaction, now: datetime) -> None:
    """Undo a booked record: it stays in the books but counts no more."""
    ledger.unbook(session, terminal.mid, record, now, "reversed")
    record.status = REVERSED


def dispute(session: Session, terminal: Terminal, record: Transaction, now: datetime) -> None:
    """The terminal's upload does not have a booked record."""
    ledger.dispute(session, terminal.mid, record, now)
    record.status = DISPUTED


def confirm(session: Session, terminal: Terminal, record: Transaction, kind: str, amount: int, now: datetime) -> None:
    """Make a record say what the terminal's says."""
    if record.status == DISPUTED:
        ledger.settle_dispute(session, terminal.mid, record, now)
    if record.status == REVERSED or (record.kind, record.amount_minor) != (kind, amount):
        if record.status != REVERSED:
            ledger.unbook(session, terminal.mid, record, now, "corrected")
        record.kind, record.amount_minor = kind, amount
        ledger.book(session, terminal.mid, record, now)
    record.status = BOOKED


def remaining_minor(session: Session, record: Transaction) -> int:
    """What voids and refunds have left of a sale."""
    query = select(func.coalesce(func.sum(Transaction.amount_minor), 0)).filter_by(
        tid=record.tid, original=name_of(record.batch, record.stan), status=BOOKED
    )
    return record.amount_minor - int(session.scalar(query) or 0)


def name_of(batch: int, stan: int) -> str:
    """Batch and STAN as DE61 begins with them."""
    return f"{batch:06d}{stan:06d}"
