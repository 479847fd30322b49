# SPDX-License-Identifier: MIT
"""Message 3, advice: a sale that the terminal has already made, stored and forwarded.

Invariant: one transaction for each (terminal, batch, STAN), also when a terminal sends the advice again under a new
DE7.
"""

from sqlalchemy import select

from tools.host import batches
from tools.host.handlers.base import Handler, Work, wrong_batch
from tools.host.message import Answer
from tools.host.models import Transaction


def _is_known(work: Work) -> bool:
    request = work.request
    same = (Transaction.tid == request.tid) & (Transaction.batch == request.batch) & (Transaction.stan == request.stan)
    return work.session.scalar(select(Transaction.id).where(same)) is not None


def _apply(work: Work) -> Answer:
    request, terminal = work.request, work.terminal
    batch = batches.find(work.session, terminal, request.batch, work.now)
    if batch is None or batch.closed_at is not None:
        return wrong_batch(work)
    if _is_known(work):
        return Answer("94")
    if request.fields["60"][:2] != "30" or request.fields["3"] != "000000":
        return Answer("12")
    amount_minor = int(request.fields["4"])
    if amount_minor == 0:
        return Answer("13")
    if request.fields["49"] != terminal.merchant.currency:
        return Answer("12")
    work.session.add(
        Transaction(
            tid=request.tid,
            batch=request.batch,
            stan=request.stan,
            kind="30",
            amount_minor=amount_minor,
            currency=request.fields["49"],
            local_time=request.fields["13"] + request.fields["12"],
            operator=request.operator,
            tender=work.tags.get("TN", "")[:16],
            reference=work.tags.get("RF", "")[:64],
            rrn=work.reference,
            status="booked",
            source="advice",
            created_at=work.now,
        )
    )
    return Answer()


HANDLERS = (Handler("0220/000", _apply, needs=frozenset({"3", "4", "22", "25", "49"})),)
