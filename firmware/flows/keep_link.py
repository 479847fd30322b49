# SPDX-License-Identifier: MIT
"""Keeps the way to the host open: connects while nobody types, sends an echo after 60 s of silence.

`hello` is message 2 (status): the echo decides whether the link is up, and it brings the host's clock and wishes.
"""

import asyncio
import time

from micropython import const

from firmware import log
from firmware.errors import AnswerError, LinkError, Refused
from firmware.host import messages
from firmware.terminal import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_STEP_MS = const(500)
_ECHO_MS = const(60_000)
_LONGEST_MS = const(30_000)


def _tags(t: "Terminal") -> "list[tuple[str, str]]":
    state = t.journal.state
    return [
        ("FV", VERSION),
        ("PV", "%04d" % state.parameters),
        ("NV", "%04d" % state.notice),
        ("JN", "%d" % len(t.journal)),
        ("DG", t.diagnostics()),
    ]


async def hello(t: "Terminal") -> None:
    """One status exchange, a new STAN each; LinkError, AnswerError or Refused."""
    t.refresh_context()
    stan, now = t.next_stan()
    number = t.keys.number
    fields = messages.management(t.session.context, "301", stan, now, number, _tags(t))
    try:
        await t.session.call(fields, number, 1)
    except Refused as refusal:
        t.facts.is_barred = refusal.de39 == "58" and bool(refusal.tags)
        raise
    t.facts.is_barred = False
    t.upload_wanted = True


async def run(t: "Terminal") -> None:
    """Task: never starts a handshake while a key may be pressed (Ui.is_quiet)."""
    pause_ms = 0
    last_ms = time.ticks_ms()
    while True:
        t.supervisor.beat("link")
        await asyncio.sleep_ms(_STEP_MS)
        waited_ms = time.ticks_diff(time.ticks_ms(), last_ms)
        if t.session.is_busy:
            last_ms, pause_ms = time.ticks_ms(), _ECHO_MS if t.session.link.is_open else pause_ms
            continue
        if not t.wifi.is_up:
            t.session.link.close()
            pause_ms = 0
            continue
        is_due = waited_ms >= (_ECHO_MS if t.session.link.is_open else pause_ms)
        if not is_due or not (t.session.link.is_open or t.ui.is_quiet()):
            continue
        try:
            await hello(t)
            pause_ms = 0
        except (LinkError, AnswerError, Refused) as fault:
            log.event("hello", fault.code)
            pause_ms = min(max(2 * pause_ms, 1000), _LONGEST_MS)
        last_ms = time.ticks_ms()
        t.show_status()
        t.ui.poke()
