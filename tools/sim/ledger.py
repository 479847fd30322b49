# SPDX-License-Identifier: MIT
"""The host's view for the page: what its books say, as plain data. Reads through tools/host's books, never writes.

The test PINs come from the rig, for the host itself knows none.
"""

from datetime import datetime, timedelta, timezone
from typing import Any, Final

from tools.host.books import Books
from tools.host.models import Batch, Operator, SignIn, Terminal, Transaction
from tools.rig import CASHIER, MID, SUPERVISOR

_SIGN_INS: Final = 30
_RECORDS: Final = 100
_SHOP: Final = timezone(timedelta(hours=8))  # of the rig's merchant
_TEST_PINS: Final = {person.number: person.pin for person in (CASHIER, SUPERVISOR)}
Row = dict[str, Any]


def _time(moment: datetime | None) -> str:
    """The shop's time of day, as its terminals show it."""
    return "" if moment is None else moment.astimezone(_SHOP).strftime("%H:%M:%S")


def _operator(books: Books, row: Operator, now: datetime) -> Row:
    guard = books.pin_guard(row.mid, row.number)
    locked = guard.locked_until - now if guard is not None and guard.locked_until is not None else timedelta()
    return {
        "number": row.number,
        "name": row.name,
        "role": row.role,
        "pin": _TEST_PINS.get(row.number, ""),
        "is_enabled": row.is_enabled,
        "locked_min": max(0, -(-int(locked.total_seconds()) // 60)),
    }


def _sign_in(row: SignIn) -> Row:
    return {
        "at": _time(row.at),
        "tid": row.tid,
        "operator": row.operator,
        "name": row.operator_name,
        "shift": row.shift,
        "result": row.result,
        "out": _time(row.signed_out_at),
        "how": row.sign_out,
    }


def _record(row: Transaction) -> Row:
    return {
        "stan": row.stan,
        "kind": row.kind,
        "amount_minor": row.amount_minor,
        "operator": row.operator,
        "tender": row.tender,
        "at": _time(row.created_at),
        "status": row.status,
    }


def _batch(books: Books, row: Batch) -> Row:
    totals = books.totals(row.tid, row.number)
    return {
        "number": row.number,
        "opened": _time(row.opened_at),
        "closed": _time(row.closed_at),
        "is_balanced": row.is_balanced,
        "count": totals.debit_count + totals.credit_count,
        "amount_minor": totals.debit_minor - totals.credit_minor,
    }


def _terminal(books: Books, row: Terminal) -> Row:
    batches = sorted(books.batches(row.tid), key=lambda batch: batch.opened_at)
    closed = [batch for batch in batches if batch.closed_at is not None]
    current = [batch for batch in batches if batch.number == row.batch and batch.closed_at is None]
    return {
        "tid": row.tid,
        "operator": row.operator or "",
        "shift": row.shift,
        "seen": _time(row.last_seen_at),
        "is_barred": row.is_barred,
        "lock_level": row.lock_level,
        "open": _batch(books, current[0]) if current else None,
        "closed": _batch(books, closed[-1]) if closed else None,
        "records": [_record(record) for record in books.records(row.tid, row.batch)[-_RECORDS:]] if current else [],
    }


def read(books: Books, now: datetime) -> Row:
    """Everything that the page shows of the host."""
    return {
        "merchant": MID,
        "operators": [_operator(books, row, now) for row in books.operators(MID)],
        "terminals": [_terminal(books, row) for row in books.terminals()],
        "sign_ins": [_sign_in(row) for row in books.sign_ins(limit=_SIGN_INS)][::-1],
        "notices": [
            {"version": row.version, "title": row.title, "body": row.body, "at": _time(row.created_at)}
            for row in books.notices()[::-1]
        ],
    }
