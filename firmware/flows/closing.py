# SPDX-License-Identifier: MIT
"""Before the settlement (O2, O3): totals for checking, confirmation, self-check."""

from micropython import const

from firmware.errors import StoreError, TerminalError
from firmware.flows.asking import ask_yes
from firmware.flows.totals import words_of
from firmware.store.totals import totals_of
from firmware.text import say
from firmware.ui.screen import ENTER
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


def _self_check(t: "Terminal") -> None:
    """O3: nothing is begun that a flat battery or an unreadable journal would break off."""
    t.ui.progress(say("sign_out.title"), say("sign_out.check"), 10, say("sign_out.warn"))
    t.show_status()
    if t.facts.is_battery_low:
        raise TerminalError("B1")
    totals = totals_of(t.journal)
    if totals.records + totals.dropped != len(t.journal):
        raise StoreError("J1")


async def run(t: "Terminal") -> bool:
    """False leaves the shift as it was."""
    if await Message(t.ui, say("totals.title"), words_of(t), "DB", say("hint.totals")).result(60_000) != ENTER:
        return False
    if not await ask_yes(t, say("sign_out.title"), say("sign_out.confirm")):
        return False
    _self_check(t)
    return True
