# SPDX-License-Identifier: MIT
"""Void 撤销 and refund 退款 (W1, message 4d): money goes back, with a supervisor's PIN that the host judges.

`t.credit` says which: a void gives back all of a transaction of this batch, a refund any part of an earlier one. A
record of its own, durable before anything is sent; without an answer it is undone at the host (W4).
"""

import os

from micropython import const

from firmware.errors import LinkError, Refused
from firmware.loader import Loan
from firmware.store.journal import ACKED, OPEN, UNDOING, UNDONE, VOID
from firmware.text import money, say
from secret import wipe

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Txn
    from firmware.terminal import Credit, Terminal

    Fields = dict[object, object]

_SUPERVISOR = const(0)
_TELL_MS = const(15_000)


async def _tell(t: "Terminal", words: str) -> None:
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, _title(t), words).result(_TELL_MS)


def _title(t: "Terminal") -> str:
    return say("void.title" if t.credit[0] == VOID else "refund.title")


async def _is_meant(t: "Terminal", credit: "Credit") -> bool:
    kind, amount, stan, _ = credit
    words = say("void.ask" if kind == VOID else "refund.ask", money(amount), stan)
    with Loan("firmware.flows.asking") as asking:
        return await asking.ask_yes(t, _title(t), words)


async def _ask_pin(t: "Terminal", pin: bytearray) -> int:
    with Loan("firmware.flows.asking") as asking:
        return await asking.ask_pin(t, pin, _SUPERVISOR)


def _request(t: "Terminal", txn: "Txn", original: str, pin: memoryview) -> "Fields":
    number, context = t.keys.number, t.session.context
    with Loan("pin_block") as pin_block:
        block = pin_block.encode(t.keys.tpk(number), pin, context.tid + "%04d" % _SUPERVISOR, os.urandom(8))
    with Loan("firmware.host.orders") as orders:
        return orders.credit(context, txn, original, number, block)


async def _send(t: "Terminal", txn: "Txn", fields: "Fields") -> str:
    """How it ended, for the operator."""
    try:
        await t.session.call(fields, t.keys.number, 1)
    except LinkError:
        txn.status = UNDOING
        t.journal.record(txn)
        t.upload_wanted = True
        return say("order.told5")
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


async def _give(t: "Terminal", credit: "Credit") -> str:
    """ "" when the operator went back."""
    kind, amount, stan, original = credit
    pin = bytearray(12)
    try:
        length = await _ask_pin(t, pin)
        if not length:
            return ""
        t.approvals.count()
        t.ui.progress(_title(t), say("approval.busy"), 50, say("sign_out.warn"))
        txn = t.new_txn(kind, amount)
        txn.refers, txn.status = stan, OPEN
        t.order = (txn.stan, "", 0)
        t.journal.record(txn)
        fields = _request(t, txn, original, memoryview(pin)[:length])
    finally:
        wipe(pin)
    return await _send(t, txn, fields)


async def run(t: "Terminal") -> None:
    left = t.approvals.left_s()
    if left:
        await _tell(t, say("pin.wait", "%d:%02d" % (left // 60, left % 60)))
        return
    if not await _is_meant(t, t.credit):
        return
    try:
        words = await _give(t, t.credit)
    finally:
        t.order = (0, "", 0)
    if words:
        await _tell(t, words)
