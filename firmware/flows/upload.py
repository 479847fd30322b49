# SPDX-License-Identifier: MIT
"""Store and forward: sends queued transactions as advices (message 3) whenever the host can be reached.

Order is kept. A transaction is a repeat (0221) as soon as it may have been sent before, which after a restart is
every one that was already in the journal.
"""

import asyncio
import time

from micropython import const

from firmware import log
from firmware.errors import AnswerError, LinkError, Refused
from firmware.host import messages
from firmware.store.journal import ACKED, REJECTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.errors import TerminalError
    from firmware.store.journal import Txn
    from firmware.terminal import Terminal

_STEP_MS = const(500)
_PAUSES_MIN = (1, 2, 5, 10, 30)
_REJECTS = ("12", "13", "30")
_DONE = ("00", "94")


async def _send(t: "Terminal", txn: "Txn", is_repeat: bool) -> None:
    """One advice to its end: ACKED or REJECTED in the journal, or the error that says why not."""
    t.refresh_context()
    number = t.keys.number
    fields = messages.advice(t.session.context, txn, number)
    if is_repeat:
        messages.as_repeat(fields)
    answer = await t.session.call(fields, number, 1, _DONE + _REJECTS)
    txn.de39 = answer[39].encode()
    txn.rrn = answer.get(37, "").encode()
    txn.status = REJECTED if answer[39] in _REJECTS else ACKED
    t.journal.record(txn)
    log.event("advice", txn.stan, answer[39])


async def _drain(t: "Terminal", replayed: int) -> "TerminalError | None":
    """Send everything that is queued; the error that stopped it."""
    sent = 0
    while t.keys.is_signed_in:
        txn = t.journal.next_queued()
        if txn is None:
            return None
        t.supervisor.beat("upload")
        try:
            await _send(t, txn, txn.ordinal < replayed or txn.stan == sent)
        except (LinkError, AnswerError, Refused) as fault:
            return fault
        sent = txn.stan
        t.ui.poke()
    return None


async def run(t: "Terminal") -> None:
    """Task: at once when something was recorded or the link came up, else after growing pauses."""
    replayed, epoch = len(t.journal), t.journal.state.epoch
    failures = 0
    last_ms = time.ticks_ms()
    while True:
        t.supervisor.beat("upload")
        await asyncio.sleep_ms(_STEP_MS)
        if epoch != t.journal.state.epoch:
            replayed, epoch = 0, t.journal.state.epoch
        pause_ms = _PAUSES_MIN[min(failures, len(_PAUSES_MIN)) - 1] * 60_000
        is_due = failures and time.ticks_diff(time.ticks_ms(), last_ms) >= pause_ms
        can_send = t.keys.is_signed_in and (t.session.link.is_open or t.ui.is_quiet() and is_due)
        if not can_send or not (t.upload_wanted or is_due):
            continue
        t.upload_wanted = False
        t.upload_fault = await _drain(t, replayed)
        failures = failures + 1 if t.upload_fault else 0
        if t.upload_fault:
            replayed = len(t.journal)  # any of them may have reached the host
            log.event("upload", t.upload_fault.code)
        last_ms = time.ticks_ms()
