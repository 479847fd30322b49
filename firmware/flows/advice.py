# SPDX-License-Identifier: MIT
"""Message 3 (advice): sends what is queued in the journal, oldest first, several on their way at a time."""

import gc

from micropython import const

import iso8583
from firmware import clock, log
from firmware.errors import TerminalError
from firmware.host.session import as_repeat, mark_of
from firmware.loader import Loan
from firmware.store.journal import ACKED, REJECTED

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from types import ModuleType

    from firmware.terminal import Terminal

_REJECTS = ("12", "13", "30")
_DONE = ("00", "94")
_STALE_S = const(43_200)  # the host refuses what says it is a day old; it knows by STAN what it has already
_IN_FLIGHT = const(8)
_FEW = const(4)
_SPARE = const(4_000)  # bytes of the heap that are left to the counter: else one at a time


class _Queue:
    """What is queued, on its way; `replayed`: places before it may have been sent in another life."""

    def __init__(self, t: "Terminal", replayed: int) -> None:
        self._t = t
        self._replayed = replayed
        self._next = 0
        t.refresh_context()

    def feed(self, messages: "ModuleType") -> "dict | None":
        """The next request; None when there is no more, or nobody signed in any more."""
        t = self._t
        txn = t.journal.next_queued(self._next)
        if txn is None or not t.keys.is_signed_in:
            return None
        self._next = txn.ordinal + 1
        fields = messages.advice(t.session.context, txn, t.keys.number)
        if txn.ordinal < self._replayed:
            as_repeat(fields)
        now_s = clock.now_s()
        if now_s - txn.time > _STALE_S:
            fields[7] = clock.de7(now_s)
        t.supervisor.beat("link")
        return fields

    def take(self, answer: "dict") -> None:
        """ACKED or REJECTED, durable."""
        t = self._t
        txn = t.journal.find(int(answer[11]))
        txn.de39 = answer[39].encode()
        txn.rrn = answer.get(37, "").encode()
        txn.status = REJECTED if answer[39] in _REJECTS else ACKED
        t.journal.record(txn)
        log.event("advice", txn.stan, answer[39])
        t.uploaded += 1
        t.ui.poke()


def _may_send(t: "Terminal", count: int) -> bool:
    """With so many on their way. The counter goes first: its journeys, its exchanges, its memory."""
    if t.is_serving or t.session.waiting or count >= _IN_FLIGHT:
        return False
    return count == 0 or gc.mem_free() > _SPARE


async def _fill(t: "Terminal", queue: _Queue, key: "bytes | bytearray", marks: "list[tuple]") -> None:
    """Send as many as may be on their way; what makes them is not in memory while their answers are waited for."""
    with Loan("firmware.host.messages") as messages:
        gc.collect()
        while _may_send(t, len(marks)):
            fields = queue.feed(messages)
            if fields is None:
                return
            marks.append(mark_of(fields))
            await t.session.link.send(iso8583.seal(fields, key))


async def _stream(t: "Terminal", queue: _Queue) -> None:
    """Several on their way at a time, until the queue is empty or somebody else wants a turn.

    LinkError and Refused close the link: what is still on its way may have been heard and counts as sent.
    """
    session, link = t.session, t.session.link
    number = t.keys.number
    key = t.keys.tak(number)
    marks: "list[tuple]" = []
    await session.take_turn()
    try:
        await link.open()
        while True:
            if len(marks) <= _FEW and _may_send(t, 0):
                await _fill(t, queue, key, marks)
            if not marks:
                return
            queue.take(session.judge(await link.receive(), marks, key, number, _DONE + _REJECTS))
    finally:
        if marks:
            link.close()
        session.is_busy = False


async def drain(t: "Terminal", replayed: int) -> "TerminalError | None":
    """Send everything, but give way to the counter; the error that stopped it."""
    try:
        await _stream(t, _Queue(t, replayed))
    except TerminalError as fault:
        return fault
    if t.journal.next_queued() is not None:
        t.upload_wanted = True
    return None
