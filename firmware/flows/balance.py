# SPDX-License-Identifier: MIT
"""Balance 余额 (message 4c): what the host has booked in this batch, beside what the terminal's own journal says."""

from micropython import const

from firmware.errors import LinkError
from firmware.loader import Loan
from firmware.store.totals import totals_of
from firmware.text import money, say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

    Fields = dict[object, object]

_TELL_MS = const(30_000)


def _request(t: "Terminal") -> "Fields":
    t.refresh_context()
    stan, now = t.next_stan()
    with Loan("firmware.host.orders") as orders:
        return orders.balance(t.session.context, stan, now, t.keys.number)


async def _ask(t: "Terminal") -> "tuple[int, int]":
    """(minor units, records); the amount is below zero where more went back than came in."""
    tags = (await t.session.call(_request(t), t.keys.number, 1))[62]
    amount, count = tags.get("BL", ""), tags.get("BC", "")
    if not amount.isdigit() or not count.isdigit():
        raise LinkError("N3")
    return (-int(amount) if tags.get("BN") == "1" else int(amount)), int(count)


async def run(t: "Terminal") -> None:
    t.ui.progress(say("balance.title"), say("balance.busy"), 50)
    amount, count = await _ask(t)
    totals = totals_of(t.journal)
    own = totals.amount - totals.credit_amount
    words = say("balance.host", count, money(amount)) + "\n" + say("balance.own", totals.records, money(own))
    if totals.waiting:
        words += "\n" + say("totals.waiting", totals.waiting)
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, say("balance.title"), words).result(_TELL_MS)
