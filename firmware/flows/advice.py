# SPDX-License-Identifier: MIT
"""Message 3 (advice): sends what is queued in the journal, oldest first, each to its end."""

from micropython import const

from firmware import clock, log
from firmware.errors import TerminalError
from firmware.host import messages
from firmware.host.session import as_repeat
from firmware.store.journal import ACKED, REJECTED

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Txn
    from firmware.terminal import Terminal

_REJECTS = ("12", "13", "30")
_DONE = ("00", "94")
_STALE_S = const(43_200)  # the host refuses what says it is a day old; it knows by STAN what it has already


async def _send(t: "Terminal", txn: "Txn", is_repeat: bool) -> None:
    """ACKED or REJECTED in the journal, or the error that says why not."""
    t.refresh_context()
    number = t.keys.number
    fields = messages.advice(t.session.context, txn, number)
    if is_repeat:
        as_repeat(fields)
    now_s = clock.now_s()
    if now_s - txn.time > _STALE_S:
        fields[7] = clock.de7(now_s)
    answer = await t.session.call(fields, number, 1, _DONE + _REJECTS)
    txn.de39 = answer[39].encode()
    txn.rrn = answer.get(37, "").encode()
    txn.status = REJECTED if answer[39] in _REJECTS else ACKED
    t.journal.record(txn)
    log.event("advice", txn.stan, answer[39])
    t.uploaded += 1


async def drain(t: "Terminal", replayed: int) -> "TerminalError | None":
    """Send everything; the error that stopped it. Places before `replayed` may have been sent in another life."""
    sent = 0
    while t.keys.is_signed_in:
        txn = t.journal.next_queued()
        if txn is None:
            return None
        t.supervisor.beat("link")
        try:
            await _send(t, txn, txn.ordinal < replayed or txn.stan == sent)
        except TerminalError as fault:
            return fault
        sent = txn.stan
        t.ui.poke()
    return None
