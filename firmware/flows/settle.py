# SPDX-License-Identifier: MIT
"""Settlement as a machine over the durable state code: 6 settlement, 7 details, 7e batch end, 8 sign-out.

Every turn does what the code says and makes the next code durable before anything else is sent. The batch is cleared
in one record, after the host's answer to the batch end.
"""

from micropython import const

from firmware import clock, log
from firmware.errors import Refused, TerminalError
from firmware.host import messages, settlement
from firmware.host.session import as_repeat
from firmware.store.journal import REJECTED, Txn
from firmware.store.state import CLOSED, NOBODY, SETTLING, SIGNED_IN, SIGNED_OUT, UPLOAD_BAL, UPLOAD_UNBAL
from firmware.store.totals import totals_of
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_PER_MESSAGE = const(8)
_LAST_BATCH = const(999_999)
_AGAIN = ("79", "95")


def open_request(t: "Terminal", **fields: int) -> None:
    """A new request becomes durable together with the state that it belongs to."""
    stan, now = t.next_stan()
    t.journal.change(settle_stan=stan, settle_time=now, **fields)
    t.unsent_stan = stan


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
        open_request(t, code=UPLOAD_BAL, pointer=0)
    elif verdict == "2" or answer[39] == "95":
        open_request(t, code=UPLOAD_UNBAL, pointer=0)
    else:
        t.journal.change(code=SIGNED_IN)
        raise TerminalError("T1")


def _details(t: "Terminal", first: int) -> "list[Txn]":
    """Up to eight accepted transactions of the batch, from the `first` on."""
    chosen: "list[Txn]" = []
    number = 0
    for txn in t.journal.transactions():
        if txn.status == REJECTED:
            continue
        if first <= number < first + _PER_MESSAGE:
            copy = Txn()
            copy.load(txn.pack())
            chosen.append(copy)
        number += 1
    return chosen


async def _send_details(t: "Terminal") -> None:
    """7: every record, eight at a time; the pointer is durable after each answer."""
    state = t.journal.state
    count = totals_of(t.journal).count
    while state.pointer < count:
        part = _details(t, state.pointer)
        words = say("sign_out.details", state.pointer, count)
        t.ui.progress(say("sign_out.title"), words, 40 + 40 * state.pointer // count, say("sign_out.warn"))
        fields = settlement.batch_upload(t.session.context, part, state.settle_stan, state.settle_time, t.keys.number)
        await _call(t, fields, ("00", "94"))
        open_request(t, pointer=state.pointer + len(part))


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
            open_request(t, code=UPLOAD_UNBAL, pointer=0)
            if is_balanced:
                return
        raise
    close_batch(t)


def close_batch(t: "Terminal") -> None:
    """One record: the host has closed this batch, the next one is open and empty."""
    state = t.journal.state
    t.journal.change(code=CLOSED, epoch=state.epoch + 1, batch=state.batch % _LAST_BATCH + 1, pointer=0)
    t.session.context.batch = state.batch


async def _say_goodbye(t: "Terminal") -> None:
    """8: when the host does not answer, the terminal signs out locally all the same."""
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
    t.wipe()
    t.journal.change(code=SIGNED_OUT, operator=NOBODY, role=0, shift=0, clock=clock.now_s())


def _speak_as_settler(t: "Terminal") -> None:
    """A repeat must be the same message: DE63 is who began the settlement, whoever finishes it."""
    t.refresh_context()
    t.session.context.operator = "%03d" % t.journal.state.operator


async def run(t: "Terminal") -> None:
    """From whatever code is in the state record to signed out."""
    _speak_as_settler(t)
    state = t.journal.state
    while True:
        t.supervisor.beat("main")
        if state.code == SETTLING:
            await _send_totals(t)
        elif state.code == UPLOAD_UNBAL and state.pointer < totals_of(t.journal).count:
            await _send_details(t)
        elif state.code in (UPLOAD_BAL, UPLOAD_UNBAL):
            await _end_batch(t)
        else:
            await _say_goodbye(t)
            return
