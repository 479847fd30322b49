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

_PATIENCE_MS = const(45_000)  # without any progress
_STEP_MS = const(200)
_SLOW_MS = const(5_000)  # fewer than one a second for so long is worth a word


class _Progress:
    """How much has been uploaded since this began, and how fast."""

    def __init__(self, t: "Terminal") -> None:
        self._t = t
        totals = totals_of(t.journal)
        self.everything = totals.waiting + totals.open
        self._first = self._ended()
        self._done = 0
        self._start = self.last = time.ticks_ms()

    def _ended(self) -> int:
        return self._t.uploaded - len(self._t.journal.open)

    def show(self) -> bool:
        """False: there is nothing left to be shown."""
        t = self._t
        if t.journal.next_queued() is None and not t.journal.open:
            return False
        done = min(self._ended() - self._first, self.everything)
        now = time.ticks_ms()
        if done != self._done:
            self._done, self.last = done, now
        span_ms = max(time.ticks_diff(now, self._start), 1)
        tenths = 10_000 * done // span_ms
        is_slow = span_ms >= _SLOW_MS and (tenths < 10 or time.ticks_diff(now, self.last) >= _SLOW_MS)
        t.ui.progress(
            say("sign_out.slow") if is_slow else say("sign_out.open", self.everything - done),
            say("sign_out.upload", done, self.everything, "%d.%d" % (tenths // 10, tenths % 10)),
            100 * done // max(self.everything, 1),
            say("sign_out.warn"),
        )
        return True


async def run(t: "Terminal") -> None:
    """Wait for the store-and-forward task to empty the queue; raises what stops it."""
    progress = _Progress(t)
    t.upload_fault = None
    while progress.show():
        t.supervisor.beat("main")
        if not t.session.link.is_open and not t.session.is_busy:
            await t.session.connect()
        t.upload_wanted = True
        await asyncio.sleep_ms(_STEP_MS)
        if t.upload_fault is not None:
            raise t.upload_fault
        if time.ticks_diff(time.ticks_ms(), progress.last) > _PATIENCE_MS:
            raise LinkError("N2")
