# SPDX-License-Identifier: MIT
"""From an older version's tables to this one's. A step runs inside one writing transaction.

Invariant: nothing of the books is dropped; what the audit held before it was a chain becomes the chain's beginning.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import DateTime, String, column, select, table, text
from sqlalchemy.orm import Session

from tools.host import ledger, trail
from tools.host.models import Base, Meta, Transaction

_NEW_COLUMNS_2: Final = (
    ("terminals", "is_pin_freed BOOLEAN NOT NULL DEFAULT FALSE"),
    ("terminals", "trail INTEGER NOT NULL DEFAULT 1"),
    ("key_sets", "operator VARCHAR(3) NOT NULL DEFAULT ''"),
    ("key_sets", "must_change BOOLEAN NOT NULL DEFAULT FALSE"),
)


def _to_2(session: Session) -> None:
    """The audit becomes a chain; terminals get a trail of their own, key sets an operator."""
    for name, definition in _NEW_COLUMNS_2:
        session.execute(text(f"ALTER TABLE {name} ADD COLUMN {definition}"))
    old = table("audit", column("id"), column("at", DateTime), *(column(n, String) for n in ("event", "tid", "detail")))
    rows: list[tuple[datetime, str, str, str]] = [
        (row.at, row.event, row.tid, row.detail) for row in session.execute(select(old).order_by(old.c.id))
    ]
    session.execute(text("DROP TABLE audit"))
    Base.metadata.create_all(session.connection())
    trail.begin(session)
    for at, event, tid, detail in rows:
        trail.note(session, at.replace(tzinfo=UTC), event, tid=tid, detail=detail)
    session.merge(Meta(name="schema", value="2"))


def _to_3(session: Session) -> None:
    """Locks get an end and a reason."""
    session.execute(text("ALTER TABLE terminals ADD COLUMN lock_until TIMESTAMP"))
    session.execute(text("ALTER TABLE terminals ADD COLUMN lock_text VARCHAR(60) NOT NULL DEFAULT ''"))
    session.merge(Meta(name="schema", value="3"))


def _to_4(session: Session) -> None:
    """An order to forget PIN tries is told until it is heard."""
    session.execute(text("ALTER TABLE terminals ADD COLUMN pin_told VARCHAR(8) NOT NULL DEFAULT ''"))
    session.merge(Meta(name="schema", value="4"))


_NEW_COLUMNS_5: Final = (
    ("terminals", "sale_limit_minor BIGINT"),
    ("transactions", "payer VARCHAR(32) NOT NULL DEFAULT ''"),
    ("transactions", "original VARCHAR(12) NOT NULL DEFAULT ''"),
    ("transactions", "shift VARCHAR(16) NOT NULL DEFAULT ''"),
)


# Columns by name: later versions may have more.
_BOOKED_4: Final = (
    "SELECT t.tid, t.batch, t.stan, t.kind, t.tender, t.amount_minor, t.currency, t.status, t.created_at, m.mid"
    + " FROM transactions t JOIN terminals m ON m.tid = t.tid ORDER BY t.id"
)


def _to_5(session: Session) -> None:
    """Orders, reversals, differences, and a ledger, which begins with what is booked."""
    for name, definition in _NEW_COLUMNS_5:
        session.execute(text(f"ALTER TABLE {name} ADD COLUMN {definition}"))
    session.execute(text("CREATE INDEX ix_transactions_original ON transactions (tid, original)"))
    Base.metadata.create_all(session.connection())
    for row in session.execute(text(_BOOKED_4)):
        record = Transaction(tid=row.tid, batch=row.batch, stan=row.stan, kind=row.kind, tender=row.tender)
        record.amount_minor, record.currency = row.amount_minor, row.currency
        at = datetime.fromisoformat(str(row.created_at)).replace(tzinfo=UTC)
        ledger.book(session, row.mid, record, at)
        if row.status == "disputed":
            ledger.dispute(session, row.mid, record, at)
    session.merge(Meta(name="schema", value="5"))


STEPS: Final[dict[str, Callable[[Session], None]]] = {"1": _to_2, "2": _to_3, "3": _to_4, "4": _to_5}
