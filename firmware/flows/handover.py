# SPDX-License-Identifier: MIT
"""Operator change within a shift (message 8 with SO=O): this one goes, the batch stays open for the next one."""

from micropython import const

from firmware import clock, log
from firmware.errors import TerminalError
from firmware.loader import Loan
from firmware.store.state import NOBODY, SIGNED_OUT
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_TELL_MS = const(5000)


async def _is_confirmed(t: "Terminal") -> bool:
    with Loan("firmware.flows.consent") as consent:
        return await consent.given(t, "handover")


async def _tell_host(t: "Terminal") -> None:
    """An answer that does not come keeps nobody at the counter."""
    t.ui.progress(say("menu.handover"), say("sign_out.bye"), 50)
    stan, now = t.next_stan()
    number = t.keys.number
    with Loan("firmware.host.messages") as messages:
        fields = messages.management(t.session.context, "002", stan, now, number, [("SO", "O")])
    try:
        await t.session.call(fields, number, 1)
    except TerminalError as fault:
        log.event("handover", fault.code)


async def run(t: "Terminal") -> None:
    if not await _is_confirmed(t):
        return
    await _tell_host(t)
    t.note("SIGN_OUT", 1)
    t.wipe()
    t.journal.change(code=SIGNED_OUT, operator=NOBODY, role=0, shift=0, clock=clock.now_s())
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, say("menu.handover"), say("handover.done")).result(_TELL_MS)
