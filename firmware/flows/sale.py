# SPDX-License-Identifier: MIT
"""Cash sale: amount, confirmation, one durable record; the upload happens by itself (W3)."""

from micropython import const

from firmware.flows.asking import ask_yes
from firmware.loader import Loan
from firmware.store.journal import CASH, QUEUED, Txn
from firmware.text import money, say
from firmware.ui.screen import ENTER
from firmware.ui.screens import Entry, Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_DIGITS = const(9)  # 9,999,999.99
_TIMEOUT_MS = const(60_000)


def _amount(buffer: bytearray, length: int) -> str:
    return money(int(bytes(memoryview(buffer)[:length]) or b"0"))


async def _ask_amount(t: "Terminal") -> int:
    """Minor units, 0 when the operator went back."""
    buffer = bytearray(_DIGITS)
    while True:
        entry = Entry(t.ui, say("amount.title"), buffer, 1, _amount)
        if await entry.result(_TIMEOUT_MS) != ENTER:
            return 0
        amount = int(bytes(memoryview(buffer)[: entry.length]))
        if amount:
            return amount


def _record(t: "Terminal", amount: int) -> Txn:
    state = t.journal.state
    txn = Txn()
    txn.stan, txn.time = t.next_stan()
    txn.epoch, txn.batch, txn.zone = state.epoch, state.batch, state.zone
    txn.operator, txn.shift = state.operator, state.shift
    txn.kind, txn.status, txn.amount = CASH, QUEUED, amount
    t.journal.record(txn)
    return txn


async def run(t: "Terminal") -> None:
    with Loan("firmware.hindrance") as module:
        why = module.hindrance(t)
    if why:
        words = say(why if "." in why else "refused." + why)
        await Message(t.ui, say("refused.title"), words).result(_TIMEOUT_MS)
        return
    amount = await _ask_amount(t)
    if not amount or not await ask_yes(t, say("amount.confirm"), money(amount)):
        return
    txn = _record(t, amount)
    t.upload_wanted = True
    words = "%s  %06d\n%s" % (money(amount), txn.stan, say("sale.sent" if t.session.link.is_open else "sale.later"))
    await Message(t.ui, say("sale.done"), words).result(5000)
