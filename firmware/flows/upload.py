# SPDX-License-Identifier: MIT
"""Store and forward: sends queued transactions as advices whenever the host can be reached.

Order is kept. A transaction is a repeat (0221) as soon as it may have been sent before, which after a restart is
every one that was already in the journal.
"""

import asyncio
import time

from micropython import const

from firmware import log
from firmware.errors import LinkError, TerminalError
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_STEP_MS = const(500)
_PAUSES_MIN = b"\x01\x02\x05\x0a\x1e"


def _pause_ms(failures: int) -> int:
    return _PAUSES_MIN[min(failures, len(_PAUSES_MIN)) - 1] * 60_000


def _open(t: "Terminal") -> "list[int]":
    """What is left over, without what is under way at the counter."""
    return [stan for stan in t.journal.open if stan != t.order[0]]


async def _resolve(t: "Terminal") -> None:
    with Loan("firmware.flows.resolve") as resolve:
        await resolve.run(t)


async def _drain(t: "Terminal", replayed: int) -> "TerminalError | None":
    try:
        if _open(t):
            await _resolve(t)
        with Loan("firmware.flows.advice") as advice:
            return await advice.drain(t, replayed)
    except TerminalError as fault:
        return fault
    except MemoryError:  # a journey at the counter needs it all just now
        t.session.link.close()
        return LinkError("N2")


def _can_send(t: "Terminal", is_due: bool) -> bool:
    """Not beside another exchange: the code of both and a new connection do not fit the heap together."""
    if not t.keys.is_signed_in or t.must_change_pin or t.is_connecting or t.session.is_busy:
        return False
    return t.session.link.is_open or t.ui.is_quiet() and is_due


async def run(t: "Terminal") -> None:
    """Task: at once when something was recorded or the link came up, else after growing pauses."""
    replayed, epoch = len(t.journal), t.journal.state.epoch
    last_ms = time.ticks_ms()
    while True:
        t.supervisor.beat("upload")
        await asyncio.sleep_ms(_STEP_MS)
        if epoch != t.journal.state.epoch:
            replayed, epoch = 0, t.journal.state.epoch
        is_due = t.failures > 0 and time.ticks_diff(time.ticks_ms(), last_ms) >= _pause_ms(t.failures)
        if not _can_send(t, is_due) or not (t.upload_wanted or is_due):
            continue
        t.upload_wanted = False
        if t.journal.next_queued() is None and not _open(t):
            t.failures = 0
            continue
        t.upload_fault = await _drain(t, replayed)
        t.failures = t.failures + 1 if t.upload_fault else 0
        if t.upload_fault:
            replayed = len(t.journal)  # any of them may have reached the host
            log.event("upload", t.upload_fault.code)
            t.note_refusal(t.upload_fault)
        last_ms = time.ticks_ms()
