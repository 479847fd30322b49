# SPDX-License-Identifier: MIT
"""Sign-out 签退 (O1 .. O6): the questions, then the settlement to its end, then sleep.

Each step is durable before it is sent, and the open request keeps its STAN and time in the state record, so that after
a power cut the journey goes on where it was and the host sees a repeat, not a second request.
"""

from micropython import const

from firmware.errors import TerminalError
from firmware.loader import Loan
from firmware.store.state import CLOSED, SETTLING
from firmware.store.totals import totals_of
from firmware.text import money, say
from firmware.ui import light

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def _settle(t: "Terminal", is_new: bool) -> None:
    """The settlement to its end; each failure offers the retry, declining locks the terminal with the batch kept."""
    with Loan("firmware.flows.settle") as settle:
        if is_new:
            settle.open_request(t, code=SETTLING, pointer=0)
        while True:
            t.ui.light(light.BUSY)
            try:
                await settle.run(t)
                return
            except TerminalError as fault:
                if not t.journal.state.is_settling:
                    raise  # the host could not judge the totals: back to work
                await _retry(t, fault)


async def _retry(t: "Terminal", fault: TerminalError) -> None:
    with Loan("firmware.flows.trouble") as trouble:
        try:
            await trouble.retry(t, fault)
        except TerminalError:
            t.wipe()
            raise


async def _close(t: "Terminal") -> bool:
    with Loan("firmware.flows.closing") as closing:
        return await closing.run(t)


async def run(t: "Terminal") -> str:
    """The next journey: "off" when the batch is closed, "" when the operator went back."""
    state = t.journal.state
    is_new = not state.is_settling
    if is_new:
        if not await _close(t):
            return ""
    else:
        t.ui.progress(say("sign_out.title"), say("sign_out.resume"), 5, say("sign_out.warn"))
    words = ""
    if state.code != CLOSED:
        words = say("sign_out.closed", "%06d" % state.batch, money(totals_of(t.journal).amount))
    await _settle(t, is_new)
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, say("sign_out.done"), words).result(5000)
    return "off"
