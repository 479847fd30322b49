# SPDX-License-Identifier: MIT
"""Message 7, batch upload 批上送, and the reconciliation of the books with what was uploaded. A record's two-digit type
is 60.1 of its message: 30 cash sale, 22 paid QR sale, 23 void, 25 refund; no orders, no reversed records.

Invariant: the terminal's records win, since they are what the shop and its customers saw; whatever they change is in
the audit. No upload is refused for its batch: after code 77 it is the way in which the records of an old batch are
saved.
"""

import re

from sqlalchemy import delete, select

from tools.host import batches, booking, ledger
from tools.host.handlers.base import Handler, Work, note
from tools.host.message import Answer, refuse
from tools.host.models import Batch, BatchDetail, Difference, Transaction
from tools.host.trail import Event

_RECORD_CHARS = 42
_RECORD = re.compile(r"(\d{2})(\d{6})([\x20-\x7e]{12})(\d{12})(\d{10})")
_ADVICE = "30"


def _parse(text: str) -> list[tuple[str, int, str, int, str]] | None:
    """(type, STAN, RRN, amount, MMDDhhmmss) of each record; None if the field is malformed."""
    head, body = text[:2], text[2:]
    if not re.fullmatch(r"0[1-8]", head) or len(body) != int(head) * _RECORD_CHARS:
        return None
    records = []
    for start in range(0, len(body), _RECORD_CHARS):
        match = _RECORD.fullmatch(body[start : start + _RECORD_CHARS])
        if match is None:
            return None
        kind, stan, rrn, amount, local_time = match.groups()
        records.append((kind, int(stan), rrn, int(amount), local_time))
    return records


def _apply(work: Work) -> Answer:
    records = _parse(work.request.fields["48"])
    if records is None:
        return refuse("30")
    batch = batches.find(work.session, work.terminal, work.request.batch, work.now) or _open_foreign(work)
    for kind, stan, rrn, amount, local_time in records:
        detail = BatchDetail(tid=batch.tid, batch=batch.number, stan=stan, kind=kind)
        detail.rrn, detail.amount_minor, detail.local_time = rrn, amount, local_time
        work.session.merge(detail)
    return Answer()


def _open_foreign(work: Work) -> Batch:
    """Books for a batch that this host does not know, such as after it was restored."""
    batch = Batch(tid=work.request.tid, number=work.request.batch, opened_at=work.now, terminal_totals="")
    work.session.add(batch)
    return batch


def _note(work: Work, event: Event, stan: int, detail: str) -> None:
    note(work, event, f"batch {work.request.batch:06d} STAN {stan:06d} {detail}")


def _record(work: Work, detail: BatchDetail) -> Transaction:
    """The books' record of one that only the terminal has."""
    return Transaction(
        tid=detail.tid,
        batch=detail.batch,
        stan=detail.stan,
        kind=detail.kind,
        amount_minor=detail.amount_minor,
        currency=work.terminal.merchant.currency,
        local_time=detail.local_time,
        operator=work.request.operator,
        tender="CASH" if detail.kind == _ADVICE else ledger.QR,
        rrn=detail.rrn.strip() or work.reference,
        source="upload",
    )


def _adopt(work: Work, detail: BatchDetail, known: Transaction | None) -> None:
    """Make the books say what the terminal's record says."""
    if known is None:
        booking.book(work.session, work.terminal, _record(work, detail), work.now)
        _note(work, Event.RECORD_ADDED, detail.stan, f"amount {detail.amount_minor}")
        return
    if known.status == booking.REVERSED or (known.kind, known.amount_minor) != (detail.kind, detail.amount_minor):
        _note(work, Event.RECORD_CHANGED, detail.stan, f"amount {known.amount_minor} -> {detail.amount_minor}")
    booking.confirm(work.session, work.terminal, known, detail.kind, detail.amount_minor, work.now)


def _write_down(work: Work, details: dict[int, BatchDetail], known: dict[int, Transaction], what: str = "") -> None:
    """Keep what differs by name: the books are about to follow the upload. `what` replaces the kind of difference."""
    for stan in sorted(details.keys() | known.keys()):
        ours, theirs = known.get(stan), details.get(stan)
        row = Difference(tid=work.request.tid, batch=work.request.batch, stan=stan, what=what)
        if ours is not None:
            row.host_kind, row.host_minor = ours.kind, ours.amount_minor
        if theirs is not None:
            row.terminal_kind, row.terminal_minor = theirs.kind, theirs.amount_minor
        if (row.host_kind, row.host_minor) != (row.terminal_kind, row.terminal_minor):
            row.what = what or ("added" if ours is None else "disputed" if theirs is None else "changed")
            work.session.merge(row)


def _booked(work: Work) -> dict[int, Transaction]:
    """What counts of the request's batch, by STAN."""
    return {row.stan: row for row in batches.booked(work.session, work.request.tid, work.request.batch)}


def _compare_late(work: Work, batch: Batch, details: dict[int, BatchDetail], uploaded: batches.Totals) -> bool:
    """An upload for a batch that is closed: kept beside the books, for staff to look at if it differs."""
    _write_down(work, details, _booked(work), "late")
    if uploaded.text != batches.totals(work.session, batch.tid, batch.number).text:
        _note(work, Event.LATE_UPLOAD, 0, f"differs from the closed books: {uploaded.text}")
    return True


def reconcile(work: Work, batch: Batch, count: int) -> bool:
    """Whether the upload is complete; if so the books follow it, else it is dropped to be made once more."""
    is_of_batch = (BatchDetail.tid == batch.tid) & (BatchDetail.batch == batch.number)
    details = {row.stan: row for row in work.session.scalars(select(BatchDetail).where(is_of_batch))}
    uploaded = batches.Totals.of((row.kind, row.amount_minor) for row in details.values())
    if batch.closed_at is not None:
        return _compare_late(work, batch, details, uploaded)
    # A batch that was never settled (code 77) has no totals to add up to.
    if len(details) != count or uploaded.text != (batch.terminal_totals or uploaded.text):
        work.session.execute(delete(BatchDetail).where(is_of_batch))
        return False
    booked = _booked(work)
    _write_down(work, details, booked)
    for stan, detail in details.items():
        _adopt(work, detail, booking.find(work.session, batch.tid, batch.number, stan))
    for stan in booked.keys() - details.keys():
        booking.dispute(work.session, work.terminal, booked[stan], work.now)
        _note(work, Event.RECORD_DISPUTED, stan, f"amount {booked[stan].amount_minor} is not in the upload")
    work.session.flush()
    return True


HANDLERS = (Handler("0320/201", _apply, needs=frozenset({"48"})),)
