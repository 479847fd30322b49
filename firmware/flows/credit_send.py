# SPDX-License-Identifier: MIT
"""The exchange of a void or a refund (W1, W4, message 4d), with the supervisor's PIN in hand: a record of its own,
durable before anything is sent; without an answer it is undone at the host.
"""

import os

from micropython import const

from firmware.errors import LinkError, Refused
from firmware.loader import Loan
from firmware.store.journal import ACKED, OPEN, UNDOING, UNDONE, VOID
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Txn
    from firmware.terminal import Terminal

    Fields = dict[object, object]

_SUPERVISOR = const("0000")


def _request(t: "Terminal", txn: "Txn", original: str, pin: memoryview) -> "Fields":
    number, context = t.keys.number, t.session.context
    with Loan("pin_block") as pin_block:
        block = pin_block.encode(t.keys.tpk(number), pin, context.tid + _SUPERVISOR, os.urandom(8))
    with Loan("firmware.host.orders") as orders:
        return orders.credit(context, txn, original, number, block)


async def _send(t: "Terminal", txn: "Txn", fields: "Fields") -> str:
    try:
        await t.session.call(fields, t.keys.number, 1)
    except LinkError:
        txn.status = UNDOING
        t.journal.record(txn)
        t.upload_wanted = True
        return say("credit.unknown")
    except Refused as refusal:
        txn.status = UNDONE if refusal.is_signed else UNDOING
        t.journal.record(txn)
        t.upload_wanted = True
        if refusal.de39 == "55" and refusal.tags:
            return say("pin.left", refusal.tags.get("RT", "-"))
        raise
    t.approvals.clear()
    with Loan("firmware.flows.resolve") as resolve:
        resolve.end(t, txn, ACKED, "00")
    t.note("VOIDED" if txn.kind == VOID else "REFUNDED", txn.refers & 0xFFFF)
    return say("void.done" if txn.kind == VOID else "refund.done")


async def run(t: "Terminal", pin: memoryview) -> str:
    """How it ended, for the operator."""
    kind, amount, stan, original = t.credit
    txn = t.new_txn(kind, amount)
    txn.refers, txn.status = stan, OPEN
    t.order = (txn.stan, "", 0)  # not for the task that resolves what is left over
    t.journal.record(txn)
    return await _send(t, txn, _request(t, txn, original, pin))
