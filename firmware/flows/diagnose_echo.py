# SPDX-License-Identifier: MIT
"""The echo test (W6): one status exchange with the host and how long it took, or what is in the way."""

import time

from micropython import const

from firmware.errors import TerminalError
from firmware.flows import hello
from firmware.flows.trouble import words_of
from firmware.text import say
from firmware.ui.screen import ENTER
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_SHOW_MS = const(60_000)


async def _ask(t: "Terminal") -> "tuple[str, str]":
    """Title and words of what came of it. A connection that has to be made first is not counted."""
    t.ui.progress(say("menu.echo"), say("echo.busy"), 30)
    try:
        if not t.session.link.is_open:
            await hello.run(t)
        t.ui.progress(say("menu.echo"), say("echo.busy"), 60)
        start = time.ticks_ms()
        await hello.run(t)
    except TerminalError as fault:
        return say("trouble.code", fault.code, say("echo.failed")), words_of(t, fault)
    return say("menu.echo"), say("echo.time", time.ticks_diff(time.ticks_ms(), start)) + "\n" + say("echo.host")


async def run(t: "Terminal") -> None:
    if t.settings is None:
        await Message(t.ui, say("menu.echo"), say("lock.unprovisioned")).result(_SHOW_MS)
        return
    key = ENTER
    while key == ENTER:
        title, words = await _ask(t)
        key = await Message(t.ui, title, words, "DB", say("hint.retry")).result(_SHOW_MS)
