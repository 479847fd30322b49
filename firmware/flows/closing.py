# SPDX-License-Identifier: MIT
"""Before the settlement (O1, O2): everything uploaded, PIN, totals for checking, confirmation, self-check."""

import asyncio
import time

from micropython import const

from firmware import pin_check
from firmware.errors import LinkError, Refused, StoreError, TerminalError
from firmware.flows.asking import ask_pin, ask_yes
from firmware.flows.totals import words_of
from firmware.flows.trouble import retry
from firmware.store.totals import totals_of
from firmware.text import say
from firmware.ui.screen import ENTER
from firmware.ui.screens import Message
from secret import wipe

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_PATIENCE_MS = const(45_000)
_STEP_MS = const(200)
_TRIES = const(5)


async def _upload_open(t: "Terminal") -> None:
    """O1: wait for the store-and-forward task to empty the queue; the reason stands on the screen."""
    everything = totals_of(t.journal).waiting
    start = time.ticks_ms()
    t.upload_fault = None
    while True:
        waiting = totals_of(t.journal).waiting
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


async def _check_pin(t: "Terminal") -> bool:
    """O2: the operator's PIN again. Each try is counted in flash before it is judged."""
    state = t.journal.state
    pin = bytearray(12)
    while True:
        try:
            length = await ask_pin(t, pin, state.operator)
            if not length:
                return False
            t.journal.change(attempts=state.attempts + 1)
            is_right = pin_check.matches(t.pin_digest, memoryview(pin)[:length])
        finally:
            wipe(pin)
        if is_right:
            t.journal.change(attempts=0)
            return True
        left = _TRIES - state.attempts
        if left <= 0:
            t.wipe()  # only the host can say who this is now
            return False
        await Message(t.ui, say("pin.wrong"), say("pin.local", left)).result(30_000)


def _self_check(t: "Terminal") -> None:
    """O3: nothing is begun that a flat battery or an unreadable journal would break off."""
    t.ui.progress(say("sign_out.title"), say("sign_out.check"), 10, say("sign_out.warn"))
    t.show_status()
    if t.facts.is_battery_low:
        raise TerminalError("B1")
    if totals_of(t.journal).count + totals_of(t.journal).rejected != len(t.journal):
        raise StoreError("J1")


async def run(t: "Terminal") -> bool:
    """Everything before the point of no return; False leaves the shift as it was."""
    while True:
        try:
            await _upload_open(t)
            break
        except (LinkError, Refused) as fault:
            await retry(t, fault)
    if not await _check_pin(t):
        return False
    if await Message(t.ui, say("totals.title"), words_of(t), "DB", say("hint.totals")).result(60_000) != ENTER:
        return False
    if not await ask_yes(t, say("sign_out.title"), say("sign_out.confirm")):
        return False
    _self_check(t)
    await _upload_open(t)
    return True
