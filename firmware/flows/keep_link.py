# SPDX-License-Identifier: MIT
"""One status exchange that opens the way to the host, or shows that it is still there. On loan, behind the counter."""

import asyncio

from micropython import const

from firmware import log
from firmware.errors import LinkError, TerminalError
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_DRAW_MS = const(50)  # draw first: the screen says why no key is taken
_LONGEST_MS = const(30_000)


async def _connect(t: "Terminal") -> bool:
    """Announces the handshake; False if somebody has begun to type when it could begin."""
    t.is_connecting = True
    with Loan("firmware.dial"):  # what takes time is done before anybody is asked
        t.ui.poke()
        await asyncio.sleep_ms(_DRAW_MS)
        if not t.ui.is_quiet():
            return False
        await t.session.connect()  # before more is loaded: this needs its memory in one piece
    return True


async def run(t: "Terminal", pause_ms: int) -> int:
    """Pause before the next try: 0 after an answer, else 1, 2, 4 .. 30 s."""
    try:
        if t.session.link.is_open or await _connect(t):
            with Loan("firmware.flows.hello") as hello:
                await hello.run(t)
            pause_ms = 0
    except (TerminalError, MemoryError) as fault:
        pause_ms = min(max(2 * pause_ms, 1000), _LONGEST_MS)
        if isinstance(fault, TerminalError):
            log.event("hello", fault.code)
            t.note_refusal(fault)
            if isinstance(fault, LinkError):  # what could not be sent meanwhile is sent as soon as the host is there
                t.failures = min(t.failures, 1)
        else:  # a journey at the counter needs all the memory just now
            log.event("hello", "memory")
            t.session.link.close()
    t.is_connecting = False
    t.show_status()
    t.ui.poke()
    return pause_ms
