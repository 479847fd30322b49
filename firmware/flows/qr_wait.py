# SPDX-License-Identifier: MIT
"""The code on the panel and the wait for the customer (W1): a query that the host holds says "paid" within one round
trip. Cancel and the end of the time undo the order at the host; "no answer" is never shown as declined (W4).
"""

import asyncio
import time

from micropython import const

from firmware.errors import LinkError, Refused, TerminalError
from firmware.loader import Loan
from firmware.store.journal import ACKED, UNDONE
from firmware.text import money, say
from firmware.ui import light
from firmware.ui.canvas import WIDTH
from firmware.ui.screen import BACK

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Txn
    from firmware.terminal import Terminal
    from qr import QR

_HOLD_S = const(5)  # a cancellation waits no longer than this for the query under way
_STEP_MS = const(1000)
_TRIES = const(3)
_HEIGHT = const(64)  # pixels
_FORMS = (("M", 3), ("L", 3), ("L", 6))
_SIDE_X = const(68)
_SIDE = const(60)  # pixels
_PITCH = const(13)
_TELL_MS = const(15_000)


def _encoded(text: str) -> "QR":
    """Two pixels a module and the better correction where they fit."""
    with Loan("qr") as qr:
        for level, most in _FORMS:
            try:
                return qr.encode(text, level, most)
            except ValueError:
                pass
    raise LinkError("N3")


def _draw_code(t: "Terminal", text: str) -> None:
    """The left of the panel lit, the quiet zone too, the code dark in its middle."""
    code = _encoded(text)
    panel = t.ui.canvas.panel
    panel.fill(0)
    panel.fill_rect(0, 0, _HEIGHT, _HEIGHT, 1)
    step = 2 if 2 * code.size < _HEIGHT else 1
    edge = (_HEIGHT - step * code.size) // 2
    with Loan("qr_blit") as drawing:
        drawing.blit(code, panel.buffer, WIDTH, edge, edge, step)


def _draw_side(t: "Terminal", rows: "tuple[str, ...]") -> None:
    canvas = t.ui.canvas
    canvas.panel.fill_rect(_SIDE_X, 0, _SIDE, 5 * _PITCH, 0)
    for n in range(len(rows)):
        canvas.glyphs.draw(canvas.panel, rows[n], _SIDE_X, n * _PITCH)
    t.ui.show()


class _Watch:
    """The queries of one order, one after the other, in a task of their own."""

    def __init__(self, t: "Terminal", txn: "Txn") -> None:
        self._t = t
        self._txn = txn
        self.is_over = False  # no more queries, or its end is known
        self.fault: "TerminalError | None" = None

    async def run(self) -> None:
        while not self.is_over:
            start = time.ticks_ms()
            try:
                self.is_over = await self._ask() or self.is_over
            except (LinkError, MemoryError):
                pass  # as long as the code is good the next query may tell
            except Refused as refusal:
                self.fault, self.is_over = refusal, True
            left_ms = _STEP_MS - time.ticks_diff(time.ticks_ms(), start)
            if not self.is_over and left_ms > 0:
                await asyncio.sleep_ms(left_ms)
        self._t.ui.poke()

    async def _ask(self) -> bool:
        with Loan("firmware.flows.resolve") as resolve:
            return await resolve.ask(self._t, self._txn, _HOLD_S)


async def _wait(t: "Terminal", txn: "Txn", watch: _Watch, valid_s: int) -> None:
    """Until paid, cancelled or out of time."""
    start = time.ticks_ms()
    while not watch.is_over:
        left_s = valid_s - time.ticks_diff(time.ticks_ms(), start) // 1000
        if left_s <= 0:
            return
        left = say("order.left", "%d:%02d" % (left_s // 60, left_s % 60))
        _draw_side(t, (say("order.scan"), money(txn.amount), "%06d" % txn.stan, left, say("order.cancel")))
        if await t.ui.next_key(_STEP_MS) == BACK:
            return


async def _undo(t: "Terminal", txn: "Txn") -> None:
    with Loan("firmware.flows.resolve") as resolve:
        await resolve.undo(t, txn, _TRIES)


async def _show(t: "Terminal", txn: "Txn", text: str, valid_s: int) -> None:
    """The code until the end; what is not known then is undone."""
    watch = _Watch(t, txn)
    t.ui.is_filled = True
    try:
        _draw_code(t, text)
        task = asyncio.create_task(watch.run())
        await _wait(t, txn, watch, valid_s)
    finally:
        watch.is_over = True
        t.ui.is_filled = False
        t.ui.canvas.wipe()
    t.ui.progress(say("order.title"), say("order.ending"), 80, say("sign_out.warn"))
    await task
    if watch.fault is not None:
        raise watch.fault
    if txn.status not in (ACKED, UNDONE):
        await _undo(t, txn)


async def _tell(t: "Terminal", txn: "Txn") -> None:
    """How it ended; what nobody knows yet is said so."""
    key = "sale.done" if txn.status == ACKED else "order.none" if txn.status == UNDONE else "order.unknown"
    t.ui.light(light.READY if txn.status in (ACKED, UNDONE) else light.BUSY)
    words = "%s  %06d\n%s" % (money(txn.amount), txn.stan, say("order.told" + str(txn.status)))
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, say(key), words).result(_TELL_MS)


async def run(t: "Terminal") -> None:
    stan, text, valid_s = t.order
    txn = t.journal.find(stan)
    try:
        await _show(t, txn, text, valid_s)
    except LinkError:
        pass  # told as unknown, and resolved behind the counter
    finally:
        t.order = (0, "", 0)
        t.upload_wanted = True
    await _tell(t, txn)
