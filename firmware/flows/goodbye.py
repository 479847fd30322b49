# SPDX-License-Identifier: MIT
"""The end of a shift (O6): message 8, working keys wiped, the result shown."""

from micropython import const

from firmware import clock, log
from firmware.errors import TerminalError
from firmware.host import messages
from firmware.loader import Loan
from firmware.store.state import NOBODY, SIGNED_OUT
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_SHOW_MS = const(5000)


async def _tell_host(t: "Terminal") -> None:
    t.ui.progress(say("sign_out.title"), say("sign_out.bye"), 95, say("sign_out.warn"))
    stan, now = t.next_stan()
    number = t.keys.number
    fields = messages.management(t.session.context, "002", stan, now, number, [("SO", "T")])
    try:
        answer = await t.session.call(fields, number)
        wake = answer[62].get("WK", "")
        t.wake_s = int(wake) if wake.isdigit() else 0
    except TerminalError as fault:
        log.event("sign_out", fault.code)


async def run(t: "Terminal") -> str:
    """When the host does not answer, the terminal signs out locally all the same."""
    await _tell_host(t)
    t.note("SIGN_OUT")
    t.wipe()
    t.ended = None
    t.journal.change(code=SIGNED_OUT, operator=NOBODY, role=0, shift=0, clock=clock.now_s())
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, say("sign_out.done"), t.farewell).result(_SHOW_MS)
    return "off"
