# SPDX-License-Identifier: MIT
"""Batch end (message 7e): after the host's yes the batch is archived, cleared and counted on in one record."""

from micropython import const

from firmware.errors import Refused
from firmware.host import settlement
from firmware.store.state import CLOSED, UPLOAD_BAL, UPLOAD_UNBAL
from firmware.store.totals import totals_of
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from firmware.terminal import Terminal

_LAST_BATCH = const(999_999)
_AGAIN = ("79", "95")


def _close(t: "Terminal") -> None:
    """One record: the host has closed this batch, the next one is open and empty."""
    state = t.journal.state
    t.journal.change(code=CLOSED, epoch=state.epoch + 1, batch=state.batch % _LAST_BATCH + 1, pointer=0)
    t.session.context.batch = state.batch


async def run(t: "Terminal", call: "Callable[..., Awaitable[dict]]") -> None:
    """7e: after the host's yes the batch is archived, cleared and counted on in one record."""
    state = t.journal.state
    is_balanced = state.code == UPLOAD_BAL
    t.ui.progress(say("sign_out.title"), say("sign_out.end"), 85, say("sign_out.warn"))
    count = totals_of(t.journal).records
    fields = settlement.batch_end(
        t.session.context, count, is_balanced, state.settle_stan, state.settle_time, t.keys.number
    )
    try:
        await call(t, fields, ("00",))
    except Refused as refusal:
        if refusal.de39 in _AGAIN:  # the host has dropped what was uploaded: from the first record, as a new request
            t.open_request(code=UPLOAD_UNBAL, pointer=0)
            if is_balanced:
                return
        raise
    _close(t)
