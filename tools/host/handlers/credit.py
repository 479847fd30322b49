# SPDX-License-Identifier: MIT
"""Message 4d, void (60.1 = 23) and refund (25), on a supervisor's PIN: money of a booked sale goes back.

A void takes all of a sale back within its open batch; a refund takes any part of what is left, of earlier batches too.
Either is a credit record under its own STAN. Invariants: failures of the PIN count exactly as at sign-in; a sale
never gives back more than it brought.
"""

import re

from tools.host import batches, booking
from tools.host.handlers.base import Handler, Work, has_session, note, wrong_batch
from tools.host.handlers.pin_check import PinCheck, check_pin, judge
from tools.host.message import Answer, refuse
from tools.host.models import Transaction
from tools.host.trail import Event

SUPERVISOR = "000"  # whose number stands in the account of the PIN block
_VOID, _REFUND = "23", "25"
_SALES = ("22", "30")
_SUPERVISING = ("1", "9")
_NOT_ALLOWED = "无此权限 Supervisor only"


def _prepare(work: Work) -> PinCheck:
    return check_pin(work, SUPERVISOR)


def _form_refusal(work: Work) -> Answer | None:
    request = work.request
    if not has_session(work) or request.pin_set != request.mac_set:
        return refuse("A7")
    if "PB" not in work.tags or not re.fullmatch(r"\d{16}", request.fields["61"], re.ASCII):
        return refuse("30")
    batch = batches.find(work.session, work.terminal, request.batch, work.now)
    if batch is None or batch.closed_at is not None:
        return wrong_batch(work)
    if booking.is_taken(work.session, request.tid, request.batch, request.stan):
        return Answer("94")
    has_form = request.fields["3"] == "200000" and request.fields["49"] == work.terminal.merchant.currency
    return None if has_form else Answer("12")


def _pin_refusal(work: Work) -> Answer | None:
    outcome = judge(work, work.prepared)
    if isinstance(outcome, Answer):
        return outcome
    if outcome.role not in _SUPERVISING:
        note(work, Event.PIN_REFUSED, "may not give money back", SUPERVISOR)
        return Answer("63", tags=[("DT", _NOT_ALLOWED)])
    note(work, Event.PIN_CHECKED, f"role {outcome.role}", SUPERVISOR)
    return None


def _original(work: Work) -> Transaction | None:
    """The booked sale that DE61 names, if this request may still give any of it back."""
    text = work.request.fields["61"]
    batch, stan, date = int(text[:6]), int(text[6:12]), text[12:]
    record = booking.find(work.session, work.request.tid, batch, stan)
    if record is None or record.local_time[:4] != date:
        return None
    is_sale = record.status == booking.BOOKED and record.kind in _SALES
    return record if is_sale and (work.request.kind == _REFUND or batch == work.request.batch) else None


def _apply(work: Work) -> Answer:
    if (refusal := _form_refusal(work) or _pin_refusal(work)) is not None:
        return refusal
    request, amount_minor = work.request, int(work.request.fields["4"])
    original = _original(work)
    if original is None:
        return Answer("25")
    left_minor = booking.remaining_minor(work.session, original)
    if left_minor <= 0 or (request.kind == _VOID and left_minor != original.amount_minor):
        return Answer("25")
    if amount_minor == 0 or (request.kind == _VOID and amount_minor != left_minor):
        return Answer("13")
    if amount_minor > left_minor:
        return Answer("61")
    _book(work, original, amount_minor)
    return Answer()


def _book(work: Work, original: Transaction, amount_minor: int) -> None:
    request = work.request
    name = booking.name_of(original.batch, original.stan)
    record = Transaction(
        tid=request.tid,
        batch=request.batch,
        stan=request.stan,
        kind=request.kind,
        amount_minor=amount_minor,
        currency=request.fields["49"],
        local_time=request.fields["13"] + request.fields["12"],
        operator=request.operator,
        tender=original.tender or "CASH",
        payer=original.payer,
        original=name,
        rrn=work.reference,
        source="request",
    )
    booking.book(work.session, work.terminal, record, work.now)
    what = "void" if request.kind == _VOID else "refund"
    note(work, Event.APPROVED, f"{what} of {name}, amount {amount_minor}, while {request.operator} is signed in")


_NEEDS = frozenset({"3", "4", "49", "61", "110"})
HANDLERS = tuple(Handler(name, _apply, _prepare, needs=_NEEDS) for name in ("void", "refund"))
