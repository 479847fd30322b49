# SPDX-License-Identifier: MIT
"""Change of PIN (E3, message 9): the old one, the new one, the new one again; weak ones are refused with the reason.

After a sign-in that asks for it (PW 1) nothing else can be done first: who goes back is signed out again.
"""

import os

from micropython import const

from firmware import clock
from firmware.errors import LinkError, Refused, TerminalError
from firmware.host.session import as_repeat
from firmware.loader import Loan
from firmware.store.state import SIGNED_IN
from firmware.text import say
from firmware.ui import light
from secret import wipe

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

    Fields = dict[object, object]

_MOST = const(12)


async def _tell(t: "Terminal", title: str, words: str) -> None:
    with Loan("firmware.flows.new_pin") as step:
        await step.tell(t, title, words)


async def _ask(t: "Terminal", pins: "Pins") -> bool:
    with Loan("firmware.flows.new_pin") as step:
        return await step.ask(t, pins)


class Pins:
    """Old, new and repeated PIN, and how long each is. Wiped by who makes it."""

    def __init__(self) -> None:
        self.buffers = (bytearray(_MOST), bytearray(_MOST), bytearray(_MOST))
        self.lengths = [0, 0, 0]

    def __getitem__(self, place: int) -> memoryview:
        return memoryview(self.buffers[place])[: self.lengths[place]]

    def wipe(self) -> None:
        for buffer in self.buffers:
            wipe(buffer)


def _request(t: "Terminal", pins: Pins) -> "Fields":
    number, context = t.keys.number, t.session.context
    pan = context.tid + "%04d" % t.journal.state.operator
    blocks = []
    with Loan("pin_block") as pin_block:
        for place in (0, 1):
            blocks.append(pin_block.encode(t.keys.tpk(number), pins[place], pan, os.urandom(8)))
    stan, now = t.next_stan()
    with Loan("firmware.host.messages") as messages:
        fields = messages.management(context, "801", stan, now, number, [])
        messages.add_pin(fields, blocks[0], number, blocks[1])
    return fields


async def _refused(t: "Terminal", refusal: Refused) -> None:
    """What leads to another try is told here, the rest at the outlet."""
    tags = refusal.tags
    if refusal.de39 == "63" and tags:
        await _tell(t, "pin.weak", tags.get("DT", "") or say("weak.other"))
    elif refusal.de39 == "55" and tags:
        await _tell(t, "pin.wrong", say("pin.left", tags.get("RT", "-")))
    else:
        if refusal.de39 == "75":
            t.wipe()
        raise refusal


async def _retry(t: "Terminal", fault: TerminalError) -> None:
    with Loan("firmware.flows.trouble") as trouble:
        await trouble.retry(t, fault)


async def _change(t: "Terminal", pins: Pins) -> bool:
    """True when the host has the new one; False: another try may follow."""
    t.throttle.count()
    fields = _request(t, pins)
    t.ui.light(light.BUSY)
    t.ui.progress(say("pin.change"), say("approval.busy"), 50, say("sign_out.warn"))
    while True:
        try:
            await t.session.call(fields, t.keys.number)
            break
        except Refused as refusal:
            await _refused(t, refusal)
            return False
        except LinkError as fault:  # the host may have it already: only the same request again can tell
            await _retry(t, fault)
            as_repeat(fields)
    with Loan("firmware.pin_check") as pin_check:
        t.pin_digest = pin_check.learn(pins[1])
    return True


async def _run(t: "Terminal", pins: Pins) -> bool:
    while not t.throttle.left_s():
        if not await _ask(t, pins):
            return False
        if await _change(t, pins):
            return True
    return False


async def run(t: "Terminal") -> str:
    """The next journey."""
    is_first, tags = t.must_change_pin, t.tags
    is_done = False
    pins = Pins()
    try:
        if is_first:
            await _tell(t, "pin.change", say("pin.first"))
        is_done = await _run(t, pins)
    finally:
        pins.wipe()
        if is_first and not is_done:
            t.wipe()
    if not is_done:
        return ""
    t.must_change_pin = False
    if is_first and not t.journal.state.is_settling:
        t.journal.change(code=SIGNED_IN, attempts=0, clock=clock.now_s())
    t.throttle.clear()
    t.note("PIN_CHANGED")
    t.ui.light(light.READY)
    await _tell(t, "pin.change", say("pin.changed"))
    t.tags = tags
    return "greeting" if is_first else ""
