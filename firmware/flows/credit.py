# SPDX-License-Identifier: MIT
"""Void 撤销 and refund 退款 (W1, message 4d): money goes back, with a supervisor's PIN that the host judges.

`t.credit` says which: a void gives back all of a transaction of this batch, a refund any part of an earlier one. What
sends it (firmware.flows.credit_send) is not in memory while something is asked.
"""

from micropython import const

from firmware.loader import Loan
from firmware.store.journal import VOID
from firmware.text import money, say
from secret import wipe

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Credit, Terminal

_SUPERVISOR = const(0)
_PIN_MOST = const(12)
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


async def _send(t: "Terminal", pin: memoryview) -> str:
    with Loan("firmware.flows.credit_send") as step:
        return await step.run(t, pin)


async def _give(t: "Terminal") -> str:
    """ "" when the operator went back."""
    pin = bytearray(_PIN_MOST)
    try:
        length = await _ask_pin(t, pin)
        if not length:
            return ""
        t.approvals.count()
        t.ui.progress(_title(t), say("approval.busy"), 50, say("sign_out.warn"))
        return await _send(t, memoryview(pin)[:length])
    finally:
        wipe(pin)
        t.order = (0, "", 0)


async def run(t: "Terminal") -> None:
    left = t.approvals.left_s()
    if left:
        await _tell(t, say("pin.wait", "%d:%02d" % (left // 60, left % 60)))
        return
    if not await _is_meant(t, t.credit):
        return
    words = await _give(t)
    if words:
        await _tell(t, words)
