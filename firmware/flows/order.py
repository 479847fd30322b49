# SPDX-License-Identifier: MIT
"""Sale by QR (W1): amount, one durable record, then the order at the host, whose code the next journey shows.

What the host does not answer is undone at the host (W4); nothing of it was seen by a customer.
"""

from micropython import const

from firmware.errors import LinkError, Refused
from firmware.loader import Loan
from firmware.store.journal import OPEN, QR, UNDOING, UNDONE
from firmware.text import say
from firmware.ui import light

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Txn
    from firmware.terminal import Terminal

_VALID_S = const(60)  # of a code whose host says nothing of it


async def _ask(t: "Terminal") -> int:
    with Loan("firmware.flows.amount") as amount:
        return await amount.ask(t, "order.title")


async def _is_wanted(t: "Terminal", amount: int) -> bool:
    with Loan("firmware.flows.doubt") as doubt:
        return await doubt.is_wanted(t, amount)


async def _resolve(t: "Terminal") -> None:
    with Loan("firmware.flows.resolve") as resolve:
        await resolve.run(t)


async def _call(t: "Terminal", txn: "Txn") -> "dict":
    t.refresh_context()
    number = t.keys.number
    with Loan("firmware.host.orders") as orders:
        fields = orders.order(t.session.context, txn, number)
    answer = await t.session.call(fields, number, 1)
    if not answer.get(37, "") or not answer[62].get("QC", ""):
        raise LinkError("N3")  # an order that could not be asked for, or a code that nobody could scan
    return answer


async def _order(t: "Terminal", txn: "Txn") -> None:
    """OPEN in the journal before anything is sent; what is not answered is to be undone."""
    txn.status = OPEN
    t.journal.record(txn)
    try:
        answer = await _call(t, txn)
    except (LinkError, Refused) as fault:
        is_told = isinstance(fault, Refused) and fault.is_signed
        txn.status = UNDONE if is_told else UNDOING
        t.journal.record(txn)
        t.upload_wanted = True
        raise
    tags = answer[62]
    txn.rrn = answer[37].encode()
    t.journal.record(txn)
    valid = tags.get("EX", "")
    t.order = (txn.stan, tags["QC"], valid.isdigit() and int(valid) or _VALID_S)


def _busy(t: "Terminal") -> None:
    t.ui.light(light.BUSY)
    t.ui.progress(say("order.title"), say("order.busy"), 30)


async def run(t: "Terminal") -> str:
    """The next journey."""
    amount = await _ask(t)
    if not amount:
        return ""
    _busy(t)
    if t.journal.open:
        await _resolve(t)
    if not await _is_wanted(t, amount):
        return ""
    _busy(t)
    txn = t.new_txn(QR, amount)
    t.order = (txn.stan, "", 0)  # not for the task that resolves what is left over
    try:
        await _order(t, txn)
    finally:
        if not t.order[2]:
            t.order = (0, "", 0)
    return "qr_wait"
