# SPDX-License-Identifier: MIT
"""Keeps the way to the host open: connects while nobody types, sends an echo after 60 s of silence."""

import asyncio
import time

from micropython import const

from firmware import log
from firmware.errors import TerminalError
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

_STEP_MS = const(500)
_DRAW_MS = const(50)  # draw first: the screen says why no key is taken
_ECHO_MS = const(60_000)
_LONGEST_MS = const(30_000)


async def _hello(t: "Terminal", pause_ms: int) -> int:
    """Pause before the next try: 0 after an answer, else 1, 2, 4 .. 30 s."""
    t.is_connecting = not t.session.link.is_open
    if t.is_connecting:
        t.ui.poke()
        await asyncio.sleep_ms(_DRAW_MS)
    try:
        await t.session.connect()  # before more is loaded: this needs its memory in one piece
        with Loan("firmware.flows.hello") as hello:
            await hello.run(t)
        pause_ms = 0
    except (TerminalError, MemoryError) as fault:
        pause_ms = min(max(2 * pause_ms, 1000), _LONGEST_MS)
        if isinstance(fault, TerminalError):
            log.event("hello", fault.code)
            t.note_refusal(fault)
        else:  # a journey at the counter needs all the memory just now
            log.event("hello", "memory")
            t.session.link.close()
    t.is_connecting = False
    t.show_status()
    t.ui.poke()
    return pause_ms


def _is_due(t: "Terminal", last_ms: "Any", pause_ms: int) -> bool:
    is_open = t.session.link.is_open
    is_time = time.ticks_diff(time.ticks_ms(), last_ms) >= (_ECHO_MS if is_open else pause_ms)
    return is_time and (is_open or t.ui.is_quiet())


async def run(t: "Terminal") -> None:
    """Task: never starts a handshake while a key may be pressed (Ui.is_quiet)."""
    pause_ms = 0
    last_ms = time.ticks_ms()
    while True:
        t.supervisor.beat("link")
        await asyncio.sleep_ms(_STEP_MS)
        link = t.session.link
        if t.session.is_busy:
            last_ms = time.ticks_ms()
        elif not t.wifi.is_up:
            link.close()
            pause_ms = 0
        elif _is_due(t, last_ms, pause_ms):
            pause_ms = await _hello(t, pause_ms)
            last_ms = time.ticks_ms()
