# SPDX-License-Identifier: MIT
"""O1: before a sign-out everything is uploaded; how far it is and what stops it stands on the screen."""

import asyncio
import time

from micropython import const

from firmware.errors import LinkError
from firmware.store.totals import totals_of
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_PATIENCE_MS = const(45_000)
_STEP_MS = const(200)


def _left(t: "Terminal") -> int:
    """Not uploaded, or not known how it ended."""
    totals = totals_of(t.journal)
    return totals.waiting + totals.open


async def run(t: "Terminal") -> None:
    """Wait for the store-and-forward task to empty the queue; raises what stops it."""
    everything = _left(t)
    start = time.ticks_ms()
    t.upload_fault = None
    while True:
        waiting = _left(t)
        if not waiting:
            return
        done = everything - waiting
        t.ui.progress(
            say("sign_out.open", waiting),
            say("sign_out.upload", done, everything),
            100 * done // everything,
            say("sign_out.warn"),
        )
        t.supervisor.beat("main")
        if not t.session.link.is_open and not t.session.is_busy:
            await t.session.connect()
        t.upload_wanted = True
        await asyncio.sleep_ms(_STEP_MS)
        if t.upload_fault is not None:
            raise t.upload_fault
        if time.ticks_diff(time.ticks_ms(), start) > _PATIENCE_MS:
            raise LinkError("N2")
