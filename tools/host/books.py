# SPDX-License-Identifier: MIT
"""Reading the books: terminals, operators, sign-ins, batches, records, totals, ledger. Never writes.

Rows come back as plain objects that outlive their session.
"""

from sqlalchemy import select

from tools.host import batches, ledger, terminal_trail, trail
from tools.host.batches import Totals
from tools.host.db import Database
from tools.host.errors import UnknownError
from tools.host.models import (
    Audit,
    Batch,
    BatchDetail,
    Difference,
    LedgerEntry,
    Notice,
    Operator,
    Order,
    PinGuard,
    Reversal,
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

    def totals_by_operator(self, tid: str, batch: int) -> dict[str, Totals]:
        with self._db.reading() as session:
            return batches.totals_by(session, tid, batch, "operator")

    def totals_by_shift(self, tid: str, batch: int) -> dict[str, Totals]:
        """By the shift that the operator signed in for (tag SH)."""
        with self._db.reading() as session:
            return batches.totals_by(session, tid, batch, "shift")

    def differences(self, tid: str, batch: int) -> list[Difference]:
        """Records that the terminal's upload and the books did not agree on, by STAN, each with both sides."""
        with self._db.reading() as session:
            return list(session.scalars(select(Difference).filter_by(tid=tid, batch=batch).order_by(Difference.stan)))

    def orders(self, tid: str, batch: int) -> list[Order]:
        """QR orders of a batch by STAN, whatever became of them."""
        with self._db.reading() as session:
            return list(session.scalars(select(Order).filter_by(tid=tid, batch=batch).order_by(Order.stan)))

    def reversals(self, tid: str, batch: int) -> list[Reversal]:
        with self._db.reading() as session:
            return list(session.scalars(select(Reversal).filter_by(tid=tid, batch=batch).order_by(Reversal.stan)))

    def every_record(self, tid: str | None = None, batch: int | None = None) -> list[Transaction]:
        """Transactions of all terminals and batches, or of some, by terminal, batch and STAN."""
        query = select(Transaction).order_by(Transaction.tid, Transaction.batch, Transaction.stan)
        if tid is not None:
            query = query.where(Transaction.tid == tid)
        if batch is not None:
            query = query.where(Transaction.batch == batch)
        with self._db.reading() as session:
            return list(session.scalars(query))

    def balances(self) -> dict[str, int]:
        """Balance of every account of the ledger, debit positive."""
        with self._db.reading() as session:
            return ledger.balances(session)

    def ledger(self, tid: str, batch: int) -> list[LedgerEntry]:
        """Entries about a batch in their order, each with its postings."""
        query = select(LedgerEntry).filter_by(tid=tid, batch=batch).order_by(LedgerEntry.id)
        with self._db.reading() as session:
            return list(session.scalars(query))

    def verify_ledger(self) -> list[str]:
        """What is wrong with the ledger; nothing, unless somebody wrote to the tables."""
        with self._db.reading() as session:
            return ledger.faults(session)

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
