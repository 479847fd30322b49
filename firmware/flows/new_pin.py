# SPDX-License-Identifier: MIT
"""Typed for a change of PIN: the old one, the new one, the new one again; weak ones are refused with the reason.

On loan and gone before the exchange, which needs the memory for a handshake when the link has been lost.
"""

from micropython import const

from firmware.flows.asking import ask_pin
from firmware.loader import Loan
from firmware.text import say
from firmware.ui.screens import Message
from secret import is_equal, wipe

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.flows.change_pin import Pins
    from firmware.terminal import Terminal

_TELL_MS = const(30_000)


async def tell(t: "Terminal", title: str, words: str) -> None:
    await Message(t.ui, say(title), words).result(_TELL_MS)


async def _ask(t: "Terminal", pins: "Pins", place: int, title: str) -> bool:
    buffer = pins.buffers[place]
    wipe(buffer)
    pins.lengths[place] = await ask_pin(t, buffer, t.journal.state.operator, False, title)
    return pins.lengths[place] > 0


def _weakness(t: "Terminal", pins: "Pins") -> str:
    with Loan("firmware.pin_policy") as policy:
        return policy.weakness(pins[1], t.journal.state.operator, t.session.context.tid.encode(), pins[0])


async def ask(t: "Terminal", pins: "Pins") -> bool:
    """The old PIN, and a new one that is good enough, typed twice the same; False when the operator went back."""
    if not await _ask(t, pins, 0, "pin.old"):
        return False
    while await _ask(t, pins, 1, "pin.new"):
        why = _weakness(t, pins)
        if why:
            await tell(t, "pin.weak", say("weak." + why))
            continue
        if not await _ask(t, pins, 2, "pin.again"):
            return False
        if is_equal(pins[1], pins[2]):
            return True
        await tell(t, "pin.weak", say("pin.differs"))
    return False
