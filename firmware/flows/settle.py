# SPDX-License-Identifier: MIT
"""Settlement (O3 .. O5) as a machine over the durable state code: 6 settlement, 7 details, 7e batch end.

Every turn does what the code says and makes the next code durable before anything else is sent. The batch is cleared
in one record, after the host's answer to the batch end.
"""

from micropython import const

from firmware import log
from firmware.errors import Refused, TerminalError
from firmware.host import settlement
from firmware.host.session import as_repeat
from firmware.loader import Loan
from firmware.store.state import CLOSED, SETTLING, SIGNED_IN, UPLOAD_BAL, UPLOAD_UNBAL
from firmware.store.totals import totals_of
from firmware.text import money, say
from firmware.ui import light

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_LAST_BATCH = const(999_999)
_AGAIN = ("79", "95")


async def _call(t: "Terminal", fields: "dict", accept: "tuple[str, ...]") -> "dict":
    """A request whose STAN and time were found in the state record may have been sent before: as a repeat."""
    if t.unsent_stan != t.journal.state.settle_stan:
        as_repeat(fields)
    t.unsent_stan = 0
    return await t.session.call(fields, t.keys.number, accept=accept)


async def _send_totals(t: "Terminal") -> None:
    """6: state the totals; the host's verdict decides between batch end and details."""
    state = t.journal.state
    t.ui.progress(say("sign_out.title"), say("sign_out.settle"), 30, say("sign_out.warn"))
    totals = totals_of(t.journal)
    fields = settlement.totals_of(t.session.context, totals, state.settle_stan, state.settle_time, t.keys.number)
    answer = await _call(t, fields, ("00", "95"))
    verdict = settlement.verdict(answer)
    log.event("settlement", answer[39], verdict)
    if verdict == "1" and answer[39] == "00":
        t.open_request(code=UPLOAD_BAL, pointer=0)
    elif verdict == "2" or answer[39] == "95":
        t.open_request(code=UPLOAD_UNBAL, pointer=0)
    else:
        t.journal.change(code=SIGNED_IN)
        raise TerminalError("T1")


async def _end_batch(t: "Terminal") -> None:
    """7e: after the host's yes the batch is archived, cleared and counted on in one record."""
    state = t.journal.state
    is_balanced = state.code == UPLOAD_BAL
    t.ui.progress(say("sign_out.title"), say("sign_out.end"), 85, say("sign_out.warn"))
    count = totals_of(t.journal).count
    fields = settlement.batch_end(
        t.session.context, count, is_balanced, state.settle_stan, state.settle_time, t.keys.number
    )
    try:
        await _call(t, fields, ("00",))
    except Refused as refusal:
        if refusal.de39 in _AGAIN:  # the host has dropped what was uploaded: from the first record, as a new request
            t.open_request(code=UPLOAD_UNBAL, pointer=0)
            if is_balanced:
                return
        raise
    close_batch(t)


def close_batch(t: "Terminal") -> None:
    """One record: the host has closed this batch, the next one is open and empty."""
    state = t.journal.state
    t.journal.change(code=CLOSED, epoch=state.epoch + 1, batch=state.batch % _LAST_BATCH + 1, pointer=0)
    t.session.context.batch = state.batch


async def _send_details(t: "Terminal") -> None:
    with Loan("firmware.flows.settle_details") as details:
        await details.run(t, _call)


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
        await _send_totals(t)
    elif state.code == UPLOAD_UNBAL and state.pointer < totals_of(t.journal).count:
        await _send_details(t)
    else:
        await _end_batch(t)


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
            await _retry(t, fault)
    return "goodbye"
