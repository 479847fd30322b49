# SPDX-License-Identifier: MIT
"""A supervisor's word for what another operator may not do alone (E4, L6): the PIN of operator 000, judged by the host.

The shift of whoever is signed in goes on. Tries are counted like those of operators, in a count of their own.
"""

import os

from micropython import const

from firmware.errors import Refused
from firmware.loader import Loan
from firmware.text import say
from secret import wipe

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

    Fields = dict[object, object]

_SUPERVISOR = const(0)
_TELL_MS = const(30_000)
_ABOVE_CASHIER = ("1", "9")


async def _tell(t: "Terminal", title: str, words: str) -> None:
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, say(title), words).result(_TELL_MS)


async def _ask_pin(t: "Terminal", pin: bytearray) -> int:
    with Loan("firmware.flows.asking") as asking:
        return await asking.ask_pin(t, pin, _SUPERVISOR)


def _request(t: "Terminal", pin: memoryview, action: str) -> "Fields":
    """Message 9 without a new PIN: it only asks who this is."""
    number = t.keys.number
    context = t.session.context
    with Loan("pin_block") as pin_block:
        block = pin_block.encode(t.keys.tpk(number), pin, context.tid + "%04d" % _SUPERVISOR, os.urandom(8))
    context.operator = "%03d" % _SUPERVISOR
    tags = [("AP", action)]
    if action == "unlock" and t.host_locked >= 0:
        tags.append(("UL", "%03d" % t.host_locked))
    stan, now = t.next_stan()
    with Loan("firmware.host.messages") as messages:
        fields = messages.management(context, "801", stan, now, number, tags)
        messages.add_pin(fields, block, number)
    return fields


async def _is_supervisor(t: "Terminal", fields: "Fields") -> "bool | None":
    """None: another try may follow."""
    t.ui.progress(say("approval.title"), say("approval.busy"), 50)
    try:
        answer = await t.session.call(fields, t.keys.number)
        is_one = answer[62].get("RL", "") in _ABOVE_CASHIER
    except Refused as refusal:
        if refusal.de39 == "55" and refusal.tags:
            await _tell(t, "pin.wrong", say("pin.left", refusal.tags.get("RT", "-")))
            return None
        if refusal.de39 == "75" and refusal.tags:
            await _tell(t, "pin.wrong", say("pin.locked", refusal.tags.get("LT", "-")))
            return False
        if refusal.de39 != "63":
            raise
        is_one = False
    if not is_one:
        await _tell(t, "approval.title", say("approval.refused"))
    return is_one


async def _try(t: "Terminal", action: str) -> "bool | None":
    pin = bytearray(12)
    try:
        length = await _ask_pin(t, pin)
        if not length:
            return False
        t.approvals.count()
        fields = _request(t, memoryview(pin)[:length], action)
        return await _is_supervisor(t, fields)
    finally:
        wipe(pin)
        t.refresh_context()


async def run(t: "Terminal", action: str) -> bool:
    """Was it approved? `action` goes into the host's audit trail."""
    is_approved = None
    while is_approved is None:
        left = t.approvals.left_s()
        if left:
            await _tell(t, "approval.title", say("pin.wait", "%d:%02d" % (left // 60, left % 60)))
            return False
        is_approved = await _try(t, action)
    if is_approved:
        t.approvals.clear()
        t.note("APPROVED")
    return is_approved
