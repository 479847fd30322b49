# SPDX-License-Identifier: MIT
"""The double-entry ledger: what each booking moves between which accounts. Debit is positive, credit negative.

Accounts: `scheme` owes what customers paid by QR code, `merchant:MID` is what the acquirer owes a merchant for it;
`drawer:TID` is cash in a terminal's drawer, `takings:MID` the merchant's own cash sales; `suspense:MID` is what the
terminal's upload does not confirm. Invariants: an entry sums to zero, stands in its booking's commit, stays for ever.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tools.host.models import Account, LedgerEntry, Posting, Transaction

QR: Final = "QR"  # tender of what goes through the payment scheme
CREDIT_KINDS: Final = frozenset({"23", "25"})  # voids and refunds; all else is money to the merchant
_SCHEME: Final = "scheme"


class LedgerError(RuntimeError):
    """Postings that do not sum to zero: a fault of this host, nothing is committed."""


def _sides(mid: str, record: Transaction) -> tuple[str, str]:
    """Accounts that a sale like this record debits and credits."""
    is_scheme = record.kind == "22" or record.tender == QR or (record.kind in CREDIT_KINDS and not record.tender)
    return (_SCHEME, f"merchant:{mid}") if is_scheme else (f"drawer:{record.tid}", f"takings:{mid}")


def _signed_minor(record: Transaction) -> int:
    return -record.amount_minor if record.kind in CREDIT_KINDS else record.amount_minor


def _ensure(session: Session, name: str, now: datetime) -> None:
    if session.get(Account, name) is None:
        try:
            with session.begin_nested():
                session.add(Account(name=name, created_at=now))
        except IntegrityError:
            pass  # another terminal's booking made it meanwhile


def post(session: Session, record: Transaction, event: str, now: datetime, amounts: Mapping[str, int]) -> None:
    """Write one entry about a record; accounts that nothing happens to are left out."""
    moved = {name: amount for name, amount in amounts.items() if amount}
    if sum(moved.values()):
        raise LedgerError(f"{event}: the postings do not sum to zero")
    if not moved:
        return
    for name in sorted(moved):
        _ensure(session, name, now)
    entry = LedgerEntry(at=now, tid=record.tid, batch=record.batch, stan=record.stan, event=event)
    entry.currency = record.currency
    entry.postings = [Posting(account=name, amount_minor=amount) for name, amount in sorted(moved.items())]
    session.add(entry)


def book(session: Session, mid: str, record: Transaction, now: datetime, event: str = "") -> None:
    """A record is booked."""
    debit, credit = _sides(mid, record)
    amount = _signed_minor(record)
    post(session, record, event or f"book {record.kind}", now, {debit: amount, credit: -amount})


def unbook(session: Session, mid: str, record: Transaction, now: datetime, event: str) -> None:
    """A booked record is undone, as if it had never been."""
    debit, credit = _sides(mid, record)
    amount = _signed_minor(record)
    post(session, record, event, now, {debit: -amount, credit: amount})


def dispute(session: Session, mid: str, record: Transaction, now: datetime) -> None:
    """The terminal does not know a booked record: the merchant's side waits in suspense."""
    amount = _signed_minor(record)
    post(session, record, "disputed", now, {_sides(mid, record)[1]: amount, f"suspense:{mid}": -amount})


def settle_dispute(session: Session, mid: str, record: Transaction, now: datetime) -> None:
    """A disputed record turns out to be right after all."""
    amount = _signed_minor(record)
    post(session, record, "undisputed", now, {_sides(mid, record)[1]: -amount, f"suspense:{mid}": amount})


def balances(session: Session) -> dict[str, int]:
    """Balance of every account."""
    query = select(Posting.account, func.sum(Posting.amount_minor)).group_by(Posting.account).order_by(Posting.account)
    return {name: int(amount) for name, amount in session.execute(query)}


def faults(session: Session) -> list[str]:
    """Entries that do not sum to zero, and a ledger that does not come to what is booked."""
    query = select(LedgerEntry.id).outerjoin(Posting).group_by(LedgerEntry.id).order_by(LedgerEntry.id)
    broken = session.scalars(query.having(func.coalesce(func.sum(Posting.amount_minor), 1) != 0))
    found = [f"ledger entry {number} does not sum to zero" for number in broken]
    is_merchants = Posting.account.startswith("merchant:") | Posting.account.startswith("takings:")
    kept = -int(session.scalar(select(func.sum(Posting.amount_minor)).where(is_merchants)) or 0)
    amount = case((Transaction.kind.in_(CREDIT_KINDS), -Transaction.amount_minor), else_=Transaction.amount_minor)
    booked = int(session.scalar(select(func.sum(amount)).where(Transaction.status == "booked")) or 0)
    if kept != booked:
        found.append(f"the merchants' accounts hold {kept}, the records {booked}")
    return found
