# SPDX-License-Identifier: MIT
"""Messages 4, 4b and 4c: an order shown as QR code, its status, the balance of the batch (protocol.md clause 5).

Invariants: an order is not money, it is booked when the customer pays; what the terminal was told of an expired one
stays true, since nobody can pay it afterwards.
"""

import re

from tools.host import batches, booking, orders
from tools.host.handlers.base import Handler, Wait, Work, has_session, number_tag, wrong_batch
from tools.host.handlers.standing import lock_tags
from tools.host.message import Answer, refuse
from tools.host.models import Order
from tools.host.orders import State

_HOLD_MAX_S = 20


def _refusal(work: Work) -> Answer | None:
    """Why no order may be made."""
    request, terminal = work.request, work.terminal
    if not has_session(work):
        return refuse("A7")
    batch = batches.find(work.session, terminal, request.batch, work.now)
    if batch is None or batch.closed_at is not None:
        return wrong_batch(work)
    if booking.is_taken(work.session, request.tid, request.batch, request.stan):
        return Answer("94")
    if terminal.lock_level and (tags := lock_tags(work)) and terminal.lock_level:
        return refuse("58", *tags)
    has_form = [request.fields[name] for name in ("3", "22", "25")] == ["000000", "032", "00"]
    if not has_form or work.tags.get("PT") != "1" or request.fields["49"] != terminal.merchant.currency:
        return Answer("12")
    return None


def _amount_refusal(work: Work, amount_minor: int) -> Answer | None:
    limit = work.terminal.sale_limit_minor
    if amount_minor == 0:
        return Answer("13")
    return Answer("61") if amount_minor > (work.settings.sale_limit_minor if limit is None else limit) else None


def _make(work: Work) -> Answer:
    """Message 4."""
    request, amount_minor = work.request, int(work.request.fields["4"])
    if (refusal := _refusal(work) or _amount_refusal(work, amount_minor)) is not None:
        return refusal
    code = f"{work.settings.code_base}{request.tid}A{booking.name_of(request.batch, request.stan)}"
    order = Order(tid=request.tid, batch=request.batch, stan=request.stan, rrn=work.reference, code=code)
    order.amount_minor, order.currency = amount_minor, request.fields["49"]
    order.local_time, order.operator = request.fields["13"] + request.fields["12"], request.operator
    order.state, order.created_at = State.OPEN, work.now
    order.expires_at = work.now + work.settings.order_life
    work.session.add(order)
    return Answer(tags=[("QC", code), ("EX", str(work.settings.order_s))])


def _asked(work: Work) -> Order | None:
    """The order that DE61 and DE37 name."""
    match = re.fullmatch(r"(\d{6})(\d{6})(\d{4})", work.request.fields["61"], re.ASCII)
    if match is None:
        return None
    batch, stan, date = match.groups()
    order = booking.find_order(work.session, work.request.tid, int(batch), int(stan))
    if order is None or order.local_time[:4] != date or order.rrn != work.request.fields["37"].rstrip():
        return None
    return order


def _wait(work: Work) -> Wait | None:
    order, seconds = _asked(work), number_tag(work, "WT") or 0
    if order is None or order.state != State.OPEN:
        return None
    left = (order.expires_at - work.now).total_seconds()
    longest = min(seconds, _HOLD_MAX_S, work.settings.hold_max_s, left)
    return Wait(order.id, longest) if longest > 0 else None


def _status(work: Work) -> Answer:
    """Message 4b: 00 paid, 09 not yet, 68 expired, 25 reversed or never made."""
    if not re.fullmatch(r"\d{16}", work.request.fields["61"], re.ASCII):
        return refuse("30")
    order = _asked(work)
    if order is None or order.state == State.REVERSED:
        return Answer("25")
    orders.expire(order, work.now)
    if order.state == State.PAID:
        return Answer(tags=[("PI", order.payer)])
    return Answer("09" if order.state == State.OPEN else "68")


def _balance(work: Work) -> Answer:
    """Message 4c: BL what is booked less what was given back, BC how many records; BN=1 when more was given back."""
    batch = batches.find(work.session, work.terminal, work.request.batch, work.now)
    if batch is None:
        return wrong_batch(work)
    sums = batches.totals(work.session, batch.tid, batch.number)
    net_minor = sums.debit_minor - sums.credit_minor
    tags = [("BL", f"{abs(net_minor):012d}"), ("BC", str(sums.debit_count + sums.credit_count))]
    return Answer(tags=[*tags, ("BN", "1")] if net_minor < 0 else tags)


HANDLERS = (
    Handler("order", _make, needs=frozenset({"3", "4", "22", "25", "49"})),
    Handler("status", _status, wait=_wait, needs=frozenset({"3", "37", "61"})),
    Handler("balance", _balance, needs=frozenset({"3"})),
)
