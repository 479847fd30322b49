# SPDX-License-Identifier: MIT
"""Sign-out 签退: everything uploaded, PIN, totals, confirmation, self-check, settlement, batch end, sleep (O1 .. O6).

Each step is durable before it is sent, and the open request keeps its STAN and time in the state record, so that after
a power cut the journey goes on where it was and the host sees a repeat, not a second request.
"""

import asyncio
import time

from micropython import const

from firmware import pin_check
from firmware.app import run_flow
from firmware.errors import LinkError, Refused, StoreError, TerminalError
from firmware.flows import settle
from firmware.flows.asking import CANCELLED, ask_pin, ask_yes
from firmware.flows.totals import words_of
from firmware.flows.trouble import retry
from firmware.store.state import CLOSED, SETTLING
from firmware.text import money, say
from firmware.ui import light
from firmware.ui.screens import Message
from secret import wipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_PATIENCE_MS = const(45_000)
_STEP_MS = const(200)
_TRIES = const(5)


async def _upload_open(t: "Terminal") -> None:
    """O1: wait for the store-and-forward task to empty the queue; the reason stands on the screen."""
    everything = t.journal.totals().waiting
    start = time.ticks_ms()
    t.upload_fault = None
    while True:
        waiting = t.journal.totals().waiting
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
            await t.session.link.open()
        t.upload_wanted = True
        await asyncio.sleep_ms(_STEP_MS)
        if t.upload_fault is not None:
            raise t.upload_fault
        if time.ticks_diff(time.ticks_ms(), start) > _PATIENCE_MS:
            raise LinkError("N2")


async def _check_pin(t: "Terminal") -> None:
    """O2: the operator's PIN again. Each try is counted in flash before it is judged."""
    state = t.journal.state
    pin = bytearray(12)
    while True:
        try:
            length = await ask_pin(t, pin, state.operator)
            t.journal.change(attempts=state.attempts + 1)
            is_right = pin_check.matches(t.pin_digest, memoryview(pin)[:length])
        finally:
            wipe(pin)
        if is_right:
            t.journal.change(attempts=0)
            return
        left = _TRIES - state.attempts
        if left <= 0:
            t.wipe()  # only the host can say who this is now
            raise CANCELLED
        await Message(t.ui, say("pin.wrong"), say("pin.local", left)).result(30_000)


def _self_check(t: "Terminal") -> None:
    """O3: nothing is begun that a flat battery or an unreadable journal would break off."""
    t.ui.progress(say("sign_out.title"), say("sign_out.check"), 10, say("sign_out.warn"))
    t.show_status()
    if t.facts.is_battery_low:
        raise TerminalError("B1")
    if t.journal.totals().count + t.journal.totals().rejected != len(t.journal):
        raise StoreError("J1")


async def _ask(t: "Terminal") -> None:
    """Everything before the point of no return; CANCELLED leaves the shift as it was."""
    while True:
        try:
            await _upload_open(t)
            break
        except (LinkError, Refused) as fault:
            await retry(t, fault)
    await _check_pin(t)
    await Message(t.ui, say("totals.title"), words_of(t)).result(60_000)
    await ask_yes(t, say("sign_out.title"), say("sign_out.confirm"))
    _self_check(t)
    await _upload_open(t)
    settle.open_request(t, code=SETTLING, pointer=0)


async def _settle(t: "Terminal") -> None:
    """The settlement to its end; each failure offers the retry, declining locks the terminal with the batch kept."""
    while True:
        t.ui.light(light.BUSY)
        try:
            await settle.run(t)
            return
        except TerminalError as fault:
            try:
                await retry(t, fault)
            except TerminalError:
                t.wipe()
                raise


async def run(t: "Terminal") -> None:
    closed, amount = t.journal.state.batch, t.journal.totals().amount
    if not t.journal.state.is_settling:
        try:
            await _ask(t)
        except CANCELLED:
            return
    else:
        t.ui.progress(say("sign_out.title"), say("sign_out.resume"), 5, say("sign_out.warn"))
    was_closed = t.journal.state.code == CLOSED
    await _settle(t)
    words = say("sign_out.closed", "%06d" % closed, money(amount)) if not was_closed else ""
    await Message(t.ui, say("sign_out.done"), words).result(5000)
    await run_flow(t, "off")
