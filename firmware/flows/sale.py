# SPDX-License-Identifier: MIT
"""Cash sale: amount, confirmation, one durable record; the upload happens by itself (W3)."""

from micropython import const

from firmware.loader import Loan
from firmware.store.journal import CASH, QUEUED
from firmware.text import money, say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def _ask(t: "Terminal") -> int:
    with Loan("firmware.flows.amount") as amount:
        return await amount.ask(t, "amount.title")


async def _is_wanted(t: "Terminal", amount: int) -> bool:
    with Loan("firmware.flows.doubt") as doubt:
        return await doubt.is_wanted(t, amount)


async def run(t: "Terminal") -> None:
    amount = await _ask(t)
    if not amount or not await _is_wanted(t, amount):
        return
    txn = t.new_txn(CASH, amount)
    txn.status = QUEUED
    t.journal.record(txn)
    t.upload_wanted = True
    words = "%s  %06d\n%s" % (money(amount), txn.stan, say("sale.sent" if t.session.link.is_open else "sale.later"))
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, say("sale.done"), words).result(5000)
