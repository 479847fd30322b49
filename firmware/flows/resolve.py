# SPDX-License-Identifier: MIT
"""Transactions of which it is not known how they ended (W4): the host is asked, or told to undo them, until it is.

On loan: before the next sale, before a sign-out, and by the upload task after a restart or a lost answer.
"""

from micropython import const

from firmware import clock, log
from firmware.errors import LinkError, Refused
from firmware.loader import Loan
from firmware.store.journal import ACKED, OPEN, UNDOING, UNDONE, VOID, VOIDED

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Txn
    from firmware.terminal import Terminal

    Fields = dict[object, object]

_NO_ANSWER = const("98")
_DUPLICATE = const("94")
_GONE = ("25", "68")  # no money


def end(t: "Terminal", txn: "Txn", status: int, de39: str) -> None:
    """It is known now: durable, and what a void has given back with it."""
    txn.status = status
    txn.de39 = de39.encode()
    t.journal.record(txn)
    log.event("ended", txn.stan, status, de39)
    if status == ACKED and txn.kind == VOID:
        original = t.journal.find(txn.refers)
        original.status = VOIDED
        t.journal.record(original)


def _status(t: "Terminal", txn: "Txn", wait_s: int) -> "Fields":
    t.refresh_context()
    stan, now = t.next_stan()
    with Loan("firmware.host.orders") as orders:
        return orders.status(t.session.context, txn, stan, now, t.keys.number, wait_s)


def _reversal(t: "Terminal", txn: "Txn") -> "Fields":
    t.refresh_context()
    with Loan("firmware.host.orders") as orders:
        return orders.reversal(t.session.context, txn, clock.now_s(), t.keys.number, _NO_ANSWER)


async def ask(t: "Terminal", txn: "Txn", wait_s: int) -> bool:
    """One query, which the host may hold for `wait_s`; True when the end is known and durable."""
    try:
        await t.session.call(_status(t, txn, wait_s), t.keys.number, 1)
    except Refused as refusal:
        if not refusal.is_signed or refusal.de39 not in _GONE:
            if refusal.de39 == "09":
                return False
            raise
        end(t, txn, UNDONE, refusal.de39)
        return True
    end(t, txn, ACKED, "00")
    return True


def _was_made(txn: "Txn") -> bool:
    """The host has given the order a reference."""
    return bool(txn.rrn.strip(b"\0"))


async def undo(t: "Terminal", txn: "Txn", tries: int = 1) -> None:
    """5: ends in UNDONE, or in ACKED when the customer was faster. LinkError and Refused leave it UNDOING.

    More than one of the `tries` takes longer than the supervisor waits for a task in the background.
    """
    if txn.status != UNDOING:
        txn.status = UNDOING
        t.journal.record(txn)
    answer = await t.session.call(_reversal(t, txn), t.keys.number, tries, ("00", "25", "94"))
    outcome = answer[62].get("FS", "")
    if not outcome and answer[39] == _DUPLICATE and _was_made(txn):
        # The host remembers another reversal than this one: what became of the order it says when asked.
        if not await ask(t, txn, 0):
            raise LinkError("N3")
        return
    end(t, txn, ACKED if outcome == "P" else UNDONE, answer[39])


async def run(t: "Terminal", gives_way: bool = False) -> None:
    """Every open transaction to its end, but for the one under way at the counter; raises what stops it.

    The last one is kept for the counter, where it was said that nobody knows. `gives_way`: ends early when somebody
    there has a turn.
    """
    for stan in list(t.journal.open):
        if stan == t.order[0]:
            continue
        if gives_way and t.is_serving:
            return
        t.supervisor.beat("link")
        txn = t.journal.find(stan)
        if not (txn.status == OPEN and _was_made(txn) and await ask(t, txn, 0)):
            await undo(t, txn)
        t.ended, t.has_told = txn, False
        t.ui.poke()
