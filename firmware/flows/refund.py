# SPDX-License-Identifier: MIT
"""Refund 退款 (W1): what is on the customer's receipt, and how much of it goes back; the journey `credit` gives it."""

from micropython import const

from firmware.loader import Loan
from firmware.store.journal import REFUND
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_DIGITS = const(6)
_TELL_MS = const(15_000)


async def _number(t: "Terminal", title: str, digits: int) -> int:
    """0 when the operator went back."""
    with Loan("firmware.flows.asking") as asking:
        return await asking.ask_number(t, say(title), digits) or 0


def _is_date(day: int) -> bool:
    return 1 <= day // 100 <= 12 and 1 <= day % 100 <= 31


async def _date(t: "Terminal") -> int:
    """Month and day; asked again when there is no such day."""
    while True:
        day = await _number(t, "refund.date", 4)
        if not day or _is_date(day):
            return day
        with Loan("firmware.ui.screens") as screens:
            await screens.Message(t.ui, say("refund.title"), say("refund.no_date")).result(_TELL_MS)


async def _amount(t: "Terminal") -> int:
    with Loan("firmware.flows.amount") as amount:
        return await amount.ask(t, "refund.title", "refund.confirm")


async def run(t: "Terminal") -> str:
    """The next journey."""
    batch = await _number(t, "refund.batch", _DIGITS)
    stan = await _number(t, "refund.number", _DIGITS) if batch else 0
    day = await _date(t) if stan else 0
    amount = await _amount(t) if day else 0
    if not amount:
        return ""
    t.credit = REFUND, amount, stan, "%06d%06d%04d" % (batch, stan, day)
    return "credit"
