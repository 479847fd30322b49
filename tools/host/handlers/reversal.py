# SPDX-License-Identifier: MIT
"""Message 5, reversal 冲正: the terminal does not know what became of its order (4), void or refund (4d).

FS=R: nothing is booked, and nothing ever will be under that key, however late the original comes. FS=P: the customer
has paid already, so the sale stays booked and the terminal shows it as approved; so does a void or refund of a batch
that is closed. Invariant: a key's first outcome is its outcome for ever.
"""

import re

from tools.host import booking, orders
from tools.host.handlers.base import Handler, Work, note
from tools.host.message import Answer, refuse
from tools.host.models import Batch, Order, Reversal, Transaction
from tools.host.orders import State
from tools.host.trail import Event

_KINDS = ("22", "23", "25")
_Original = Order | Transaction | None


def _find(work: Work) -> _Original:
    key = (work.request.tid, work.request.batch, work.request.stan)
    return booking.find_order(work.session, *key) or booking.find(work.session, *key)


def _is_same(work: Work, original: Order | Transaction) -> bool:
    kind = original.kind if isinstance(original, Transaction) else "22"
    return (kind, original.amount_minor) == (work.request.kind, int(work.request.fields["4"]))


def _undo(work: Work, original: Order | Transaction) -> str:
    """Undo what can be undone; tag FS."""
    if isinstance(original, Order):
        if original.state == State.PAID:
            return "P"
        orders.end(original, State.REVERSED, work.now)
        return "R"
    batch = work.session.get(Batch, (original.tid, original.batch))
    if original.status == booking.REVERSED:
        return "R"
    if original.status != booking.BOOKED or batch is None or batch.closed_at is not None:
        return "P"
    booking.reverse(work.session, work.terminal, original, work.now)
    return "R"


def _write_down(work: Work, outcome: str) -> None:
    request = work.request
    row = Reversal(tid=request.tid, batch=request.batch, stan=request.stan, kind=request.kind, outcome=outcome)
    row.amount_minor, row.reason, row.at = int(request.fields["4"]), request.fields["39"], work.now
    work.session.add(row)
    note(work, Event.REVERSED, f"batch {request.batch:06d} STAN {request.stan:06d} {row.reason} -> {outcome}")


def _apply(work: Work) -> Answer:
    """00 with FS, or 25 with FS=R when the original never came."""
    request = work.request
    text = request.fields["61"]
    if not re.fullmatch(r"\d{16}", text, re.ASCII) or text[:12] != booking.name_of(request.batch, request.stan):
        return refuse("30")
    original = _find(work)
    if request.kind not in _KINDS or (original is not None and not _is_same(work, original)):
        return refuse("12")  # not kept: 94 means done to the terminal
    known = work.session.get(Reversal, (request.tid, request.batch, request.stan))
    if known is not None:
        return Answer("00" if original is not None else "25", tags=[("FS", known.outcome)])
    outcome = "R" if original is None else _undo(work, original)
    _write_down(work, outcome)
    return Answer("25" if original is None else "00", tags=[("FS", outcome)])


HANDLERS = (Handler("reversal", _apply, needs=frozenset({"3", "4", "22", "25", "39", "49", "61"})),)
