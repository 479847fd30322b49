# SPDX-License-Identifier: MIT
"""What goes on behind the counter: the way to the host is kept open (an echo after 60 s of silence), and what is queued
or not known is sent and asked for. One thing at a time, its code on loan; never a handshake while a key may be pressed.
"""

import asyncio
import time

from micropython import const

from firmware import log
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

_STEP_MS = const(500)
_SOON_MS = const(100)  # after a journey
_ECHO_MS = const(60_000)
_PAUSES_MIN = b"\x01\x02\x05\x0a\x1e"
NAME = "link"  # as the supervisor knows it


def _since(start_ms: "Any") -> int:
    return time.ticks_diff(time.ticks_ms(), start_ms)


async def _lent(t: "Terminal", name: str, fact: int) -> int:
    """One of the works, which returns what it is to be told the next time."""
    t.is_behind = True
    try:
        with Loan("firmware.flows." + name) as work:
            return await work.run(t, fact)
    except MemoryError:  # not even loaded
        log.event(name, "memory")
        return fact
    finally:
        t.is_behind = False


def _wants_upload(t: "Terminal", last_ms: "Any") -> bool:
    """At once when something was recorded or the link came up, else after growing pauses."""
    pause_min = _PAUSES_MIN[min(t.failures, len(_PAUSES_MIN)) - 1] if t.failures else 0
    is_due = pause_min > 0 and _since(last_ms) >= pause_min * 60_000
    if not t.keys.is_signed_in or t.must_change_pin or not (t.upload_wanted or is_due):
        return False
    return t.session.link.is_open or is_due and t.ui.is_quiet()


async def run(t: "Terminal") -> None:
    """Task, for ever."""
    pause_ms = 0  # before the next try to connect
    heard_ms = upload_ms = time.ticks_ms()
    replayed, epoch = len(t.journal), t.journal.state.epoch  # what may have been sent in another life
    while True:
        t.supervisor.beat(NAME)
        await asyncio.sleep_ms(_SOON_MS if t.is_serving and t.upload_wanted else _STEP_MS)
        link = t.session.link
        if epoch != t.journal.state.epoch:
            replayed, epoch = 0, t.journal.state.epoch
        if t.session.is_busy:
            heard_ms = time.ticks_ms()
        elif not t.wifi.is_up:
            link.close()
            pause_ms = 0
        elif t.is_serving:
            pass
        elif _wants_upload(t, upload_ms):
            replayed = await _lent(t, "upload", replayed)
            if t.is_serving:
                t.upload_wanted = True  # it may have been broken off
            upload_ms = heard_ms = time.ticks_ms()
        elif _since(heard_ms) >= (_ECHO_MS if link.is_open else pause_ms) and (link.is_open or t.ui.is_quiet()):
            pause_ms = await _lent(t, "keep_link", pause_ms)
            if t.is_serving:
                pause_ms = 0
            heard_ms = time.ticks_ms()
