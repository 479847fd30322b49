# SPDX-License-Identifier: MIT
"""Messages 6 and 7e, settlement 结算 and batch end: the terminal's totals against the host's, then the batch is closed.

Invariant: a batch is closed only when both sides hold the same records; a terminal that missed the answer gets it
again.
"""

import re

from tools.host import batches
from tools.host.handlers import upload
from tools.host.handlers.base import Handler, Work, wrong_batch
from tools.host.handlers.standing import clear_pending
from tools.host.message import Answer, refuse
from tools.host.models import Batch

_TOTALS_CHARS = 30
_FIELD_CHARS = 62  # totals and flag, then the same for foreign cards, which this profile leaves zero


def _settle(work: Work) -> Answer:
    text = work.request.fields["48"]
    if not re.fullmatch(rf"\d{{{_FIELD_CHARS}}}", text) or work.request.fields["49"] != work.terminal.merchant.currency:
        return refuse("30")
    batch = batches.find(work.session, work.terminal, work.request.batch, work.now)
    if batch is None:
        return wrong_batch(work)
    ours = batches.totals(work.session, batch.tid, batch.number).text
    theirs = text[:_TOTALS_CHARS]
    is_balanced = ours == theirs
    if batch.closed_at is None:
        batch.settled_at, batch.is_balanced = work.now, is_balanced
        batch.terminal_totals, batch.host_totals = theirs, ours
    field = f"{ours}{1 if is_balanced else 2}".ljust(_FIELD_CHARS, "0")
    return Answer("00" if is_balanced else "95", fields={"48": field})


def _end(work: Work, is_matching: bool, batch: Batch) -> Answer:
    """Close the batch if the books match; a batch that is closed already is confirmed again."""
    if batch.closed_at is not None:
        return Answer()
    if not is_matching:
        return Answer("95")
    batch.host_totals = batches.totals(work.session, batch.tid, batch.number).text
    batches.close(work.session, work.settings, work.terminal, batch, work.now)
    clear_pending(work, "9")
    return Answer()


def _find(work: Work) -> Batch | Answer:
    if not re.fullmatch(r"\d{4}", work.request.fields["48"]):
        return refuse("30")
    batch = batches.find(work.session, work.terminal, work.request.batch, work.now)
    return wrong_batch(work) if batch is None else batch


def _end_balanced(work: Work) -> Answer:
    """60.3 = 207: nothing was uploaded; the count is that of the batch, or 0."""
    batch = _find(work)
    if isinstance(batch, Answer):
        return batch
    count = int(work.request.fields["48"])
    ours = batches.totals(work.session, batch.tid, batch.number)
    # A record that came in after the settlement would leave the terminal's totals behind ours.
    is_matching = batch.is_balanced is True and batch.terminal_totals == ours.text
    return _end(work, is_matching and count in (0, ours.debit_count + ours.credit_count), batch)


def _end_uploaded(work: Work) -> Answer:
    """60.3 = 202: the uploaded records are complete and become the books."""
    batch = _find(work)
    if isinstance(batch, Answer):
        return batch
    return _end(work, upload.reconcile(work, batch, int(work.request.fields["48"])), batch)


HANDLERS = (
    Handler("0500/201", _settle, needs=frozenset({"48", "49"})),
    Handler("0320/207", _end_balanced, needs=frozenset({"48"})),
    Handler("0320/202", _end_uploaded, needs=frozenset({"48"})),
)
