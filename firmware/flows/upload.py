# SPDX-License-Identifier: MIT
"""Store and forward: sends queued transactions as advices, and learns how those have ended of which it is not known.

Order is kept. A transaction is a repeat (0221) as soon as it may have been sent before, which after a restart is
every one that was already in the journal. On loan, behind the counter.
"""

from micropython import const

from firmware import log
from firmware.errors import LinkError, TerminalError
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


def _open(t: "Terminal") -> "list[int]":
    """What is left over, without what is under way at the counter."""
    return [stan for stan in t.journal.open if stan != t.order[0]]


async def _resolve(t: "Terminal") -> None:
    with Loan("firmware.flows.resolve") as resolve:
        await resolve.run(t, True)


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


async def run(t: "Terminal", replayed: int) -> int:
    """Everything that waits; how many transactions may have been sent before the next time."""
    t.upload_wanted = False
    if t.journal.next_queued() is None and not _open(t):
        t.failures = 0
        return replayed
    t.upload_fault = await _drain(t, replayed)
    if t.upload_fault is None:
        t.failures = 0
        return replayed
    t.failures += 1
    log.event("upload", t.upload_fault.code)
    t.note_refusal(t.upload_fault)
    return len(t.journal)  # any of them may have reached the host
