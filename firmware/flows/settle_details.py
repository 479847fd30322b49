# SPDX-License-Identifier: MIT
"""Batch upload 批上送 (message 7): every record of a batch that did not balance, eight at a time."""

from micropython import const

from firmware.host import settlement
from firmware.store.journal import REJECTED, UNDONE, Txn
from firmware.store.totals import totals_of
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from firmware.terminal import Terminal

_PER_MESSAGE = const(8)


def _details(t: "Terminal", first: int) -> "list[Txn]":
    """Up to eight accepted transactions of the batch, from the `first` on."""
    chosen: "list[Txn]" = []
    number = 0
    for txn in t.journal.transactions():
        if txn.status in (REJECTED, UNDONE):
            continue
        if first <= number < first + _PER_MESSAGE:
            copy = Txn()
            copy.load(txn.pack())
            chosen.append(copy)
        number += 1
    return chosen


async def run(t: "Terminal", call: "Callable[..., Awaitable[dict]]") -> None:
    """7: every record, eight at a time; the pointer is durable after each answer."""
    state = t.journal.state
    count = totals_of(t.journal).records
    while state.pointer < count:
        part = _details(t, state.pointer)
        words = say("sign_out.details", state.pointer, count)
        t.ui.progress(say("sign_out.title"), words, 40 + 40 * state.pointer // count, say("sign_out.warn"))
        fields = settlement.batch_upload(t.session.context, part, state.settle_stan, state.settle_time, t.keys.number)
        await call(t, fields, ("00", "94"))
        t.open_request(pointer=state.pointer + len(part))
