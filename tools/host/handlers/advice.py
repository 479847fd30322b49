# SPDX-License-Identifier: MIT
"""Message 3, advice: a sale that the terminal has already made, stored and forwarded.

Invariant: one transaction for each (terminal, batch, STAN), also when a terminal sends the advice again under a new
DE7.
"""

from tools.host import batches, booking
from tools.host.handlers.base import Handler, Work, wrong_batch
from tools.host.message import Answer
from tools.host.models import Transaction


def _apply(work: Work) -> Answer:
    request, terminal = work.request, work.terminal
    batch = batches.find(work.session, terminal, request.batch, work.now)
    if batch is None or batch.closed_at is not None:
        return wrong_batch(work)
    if booking.is_taken(work.session, request.tid, request.batch, request.stan):
        return Answer("94")
    if request.fields["60"][:2] != "30" or request.fields["3"] != "000000":
        return Answer("12")
    amount_minor = int(request.fields["4"])
    if amount_minor == 0:
        return Answer("13")
    if request.fields["49"] != terminal.merchant.currency:
        return Answer("12")
    record = Transaction(
        tid=request.tid,
        batch=request.batch,
        stan=request.stan,
        kind="30",
        amount_minor=amount_minor,
        currency=request.fields["49"],
        local_time=request.fields["13"] + request.fields["12"],
        operator=request.operator,
        tender=work.tags.get("TN", "CASH")[:16],
        reference=work.tags.get("RF", "")[:64],
        rrn=work.reference,
        source="advice",
    )
    booking.book(work.session, terminal, record, work.now)
    return Answer()


HANDLERS = (Handler("0220/000", _apply, needs=frozenset({"3", "4", "22", "25", "49"})),)
