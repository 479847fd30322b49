# SPDX-License-Identifier: MIT
"""Settlement (O3 .. O5) as a machine over the durable state code: 6 settlement, 7 details, 7e batch end.

Every turn does what the code says and makes the next code durable before anything else is sent. The batch is cleared
in one record, after the host's answer to the batch end.
"""

from micropython import const

from firmware import clock
from firmware.errors import TerminalError
from firmware.host.session import as_repeat
from firmware.loader import Loan
from firmware.store.state import CLOSED, SETTLING, UPLOAD_UNBAL
from firmware.store.totals import totals_of
from firmware.text import money, say
from firmware.ui import light

_CLOCK = const("H96")  # with the host's time, for a request that says it is a day old
_STALE_S = const(43_200)

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def _call(t: "Terminal", fields: "dict", accept: "tuple[str, ...]") -> "dict":
    """A request whose STAN and time were found in the state record may have been sent before: as a repeat."""
    if t.unsent_stan != t.journal.state.settle_stan:
        as_repeat(fields)
    t.unsent_stan = 0
    return await t.session.call(fields, t.keys.number, accept=accept)


async def _step(t: "Terminal", name: str) -> None:
    with Loan("firmware.flows.settle_" + name) as step:
        await step.run(t, _call)


def _speak_as_settler(t: "Terminal") -> None:
    """A repeat must be the same message: DE63 is who began the settlement, whoever finishes it."""
    t.refresh_context()
    t.session.context.operator = "%03d" % t.journal.state.operator


async def _turn(t: "Terminal") -> None:
    """What the code says."""
    t.supervisor.beat("main")
    t.ui.light(light.BUSY)
    state = t.journal.state
    if state.code == SETTLING:
        await _step(t, "totals")
    elif state.code == UPLOAD_UNBAL and state.pointer < totals_of(t.journal).records:
        await _step(t, "details")
    else:
        await _step(t, "end")


async def _retry(t: "Terminal", fault: TerminalError) -> None:
    """Declined, it locks the terminal with the batch kept."""
    with Loan("firmware.flows.trouble") as trouble:
        try:
            await trouble.retry(t, fault)
        except TerminalError:
            t.wipe()
            raise


async def run(t: "Terminal") -> str:
    """From whatever code is in the state record to a closed batch; the next journey."""
    state = t.journal.state
    _speak_as_settler(t)
    if state.code != CLOSED:
        t.ui.progress(say("sign_out.title"), say("sign_out.resume"), 5, say("sign_out.warn"))
        t.farewell = say("sign_out.closed", "%06d" % state.batch, money(totals_of(t.journal).amount))
    while state.code != CLOSED:
        try:
            await _turn(t)
        except TerminalError as fault:
            if not state.is_settling:
                raise  # the host could not judge the totals: back to work
            if fault.code == _CLOCK and clock.now_s() - state.settle_time > _STALE_S:
                t.open_request()  # nothing came of the old one
            else:
                await _retry(t, fault)
    return "goodbye"
