# SPDX-License-Identifier: MIT
"""The lifecycle: compose, self-test, then lock screen or work for ever; the one outlet for errors.

Journeys are imported when they start and forgotten when they end: together they would not fit the heap.
"""

import asyncio
import gc

import machine
from micropython import const

from firmware import log
from firmware.errors import TerminalError
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

# Collecting early keeps what lives long together at the low end of the heap; what is left stays in one piece for the
# handshake and for journeys.
_COLLECT_BYTES = const(4096)
# Journeys with room for others' work beside them.
_SMALL = ("totals", "support", "language", "last_batch", "greeting")


async def run_flow(terminal: "Terminal", name: str, *facts: object) -> "Any":
    """Run one journey of `firmware.flows` and let go of its code again."""
    with Loan("firmware.flows." + name) as journey:
        return await journey.run(terminal, *facts)


async def _step(terminal: "Terminal", wanted: str) -> None:
    """Lock screen, resumed sign-out or ready screen: whichever the state says; then what was asked for there."""
    reason = terminal.reason()
    terminal.is_serving = False
    if wanted:
        pass
    elif reason:
        wanted = await run_flow(terminal, "lock", reason)
    elif terminal.journal.state.is_settling:
        wanted = "settle"
    else:
        wanted = await run_flow(terminal, "ready")
    while wanted:  # a journey may lead to the next one
        if wanted in _SMALL:
            terminal.is_serving = False
        else:
            await terminal.serve(wanted != "sale")
        wanted = await run_flow(terminal, wanted)


async def _live() -> None:
    with Loan("firmware.start_up", alone=True) as module:
        terminal, wanted = await module.start_up(run_flow)
    del module
    while True:
        try:
            await _step(terminal, wanted)
            wanted = ""
        except TerminalError as fault:
            log.event("trouble", fault.code, fault.detail)
            terminal.is_serving = False
            wanted = await run_flow(terminal, "trouble", fault)


def _unheard(_loop: object, context: "dict[str, Any]") -> None:
    """Nobody waits for the task that has failed so; without the message, like every fault."""
    log.event("task", type(context["exception"]).__name__)


async def _guarded() -> None:
    asyncio.get_event_loop().set_exception_handler(_unheard)
    try:
        await _live()
    except Exception as fault:  # noqa: BLE001  the one outlet: a fault in the software restarts the terminal, locked
        log.event("fault", type(fault).__name__)  # never its message, which may quote what nobody should read
        try:
            with Loan("firmware.crash") as crash:
                crash.note(crash.told(fault))
        finally:
            machine.reset()


def start() -> None:
    gc.threshold(_COLLECT_BYTES)
    with Loan("firmware.entry") as entry:
        is_service = entry.is_for_service()
    if not is_service:  # else to the REPL
        asyncio.run(_guarded())
