# SPDX-License-Identifier: MIT
"""Reading the books: terminals, operators, sign-ins, batches, records, totals. Never writes.

Rows come back as plain objects that outlive their session.
"""

from sqlalchemy import select

from tools.host import batches, terminal_trail, trail
from tools.host.batches import Totals
from tools.host.db import Database
from tools.host.errors import UnknownError
from tools.host.models import (
    Audit,
    Batch,
    BatchDetail,
    Notice,
    Operator,
    PinGuard,
    SignIn,
    Terminal,
    TerminalAudit,
    Transaction,
)
from tools.host.trail import Verdict


class Books:
    """What the acquirer's staff, and tests, can see."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def terminals(self) -> list[Terminal]:
        with self._db.reading() as session:
            return list(session.scalars(select(Terminal).order_by(Terminal.tid)))

    def terminal(self, tid: str) -> Terminal:
        with self._db.reading() as session:
            row = session.get(Terminal, tid)
        if row is None:
            raise UnknownError(f"there is no terminal {tid}")
        return row

    def operators(self, mid: str) -> list[Operator]:
        with self._db.reading() as session:
            return list(session.scalars(select(Operator).where(Operator.mid == mid).order_by(Operator.number)))

    def pin_guard(self, mid: str, number: str) -> PinGuard | None:
        """Failures of an operator number; None if there never were any."""
        with self._db.reading() as session:
            return session.get(PinGuard, (mid, number))

    def sign_ins(self, tid: str | None = None, limit: int = 1000) -> list[SignIn]:
        """Latest attempts to sign in, oldest of them first."""
        query = select(SignIn).order_by(SignIn.id.desc()).limit(limit)
        if tid is not None:
            query = query.where(SignIn.tid == tid)
        with self._db.reading() as session:
            return list(session.scalars(query))[::-1]

    def batch(self, tid: str, number: int) -> Batch:
        with self._db.reading() as session:
            row = session.get(Batch, (tid, number))
        if row is None:
            raise UnknownError(f"terminal {tid} has no batch {number:06d}")
        return row

    def batches(self, tid: str | None = None) -> list[Batch]:
        query = select(Batch).order_by(Batch.tid, Batch.number)
        if tid is not None:
            query = query.where(Batch.tid == tid)
        with self._db.reading() as session:
            return list(session.scalars(query))

    def records(self, tid: str, batch: int) -> list[Transaction]:
        """Transactions of a batch by STAN, disputed ones too."""
        query = select(Transaction).where(Transaction.tid == tid, Transaction.batch == batch)
        with self._db.reading() as session:
            return list(session.scalars(query.order_by(Transaction.stan)))

    def details(self, tid: str, batch: int) -> list[BatchDetail]:
        """What the terminal uploaded of a batch, by STAN."""
        query = select(BatchDetail).where(BatchDetail.tid == tid, BatchDetail.batch == batch)
        with self._db.reading() as session:
            return list(session.scalars(query.order_by(BatchDetail.stan)))

    def totals(self, tid: str, batch: int) -> Totals:
        with self._db.reading() as session:
            return batches.totals(session, tid, batch)

    def notices(self) -> list[Notice]:
        with self._db.reading() as session:
            return list(session.scalars(select(Notice).order_by(Notice.version)))

    def audit(self, tid: str | None = None, operator: str | None = None) -> list[Audit]:
        """The host's audit trail, or what of it is about one terminal or operator number."""
        query = select(Audit).order_by(Audit.serial)
        if tid is not None:
            query = query.where(Audit.tid == tid)
        if operator is not None:
            query = query.where(Audit.operator == operator)
        with self._db.reading() as session:
            return list(session.scalars(query))

    def terminal_audit(self, tid: str | None = None) -> list[TerminalAudit]:
        """What terminals sent of their own trails."""
        query = select(TerminalAudit).order_by(TerminalAudit.tid, TerminalAudit.trail, TerminalAudit.id)
        if tid is not None:
            query = query.where(TerminalAudit.tid == tid)
        with self._db.reading() as session:
            return list(session.scalars(query))

    def verify_audit(self) -> tuple[Verdict, Verdict]:
        """The host's own trail, and those of the terminals."""
        with self._db.reading() as session:
            return trail.verify(session), terminal_trail.verify(session)
