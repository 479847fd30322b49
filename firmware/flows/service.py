# SPDX-License-Identifier: MIT
"""The menu key held at power-on: into service mode, when nobody loses anything by it.

With records of an open batch only a supervisor may; the PIN is the host's to judge. A key that does not come up again
is a fault, not a wish.
"""

from micropython import const

from firmware import service
from firmware.loader import Loan
from firmware.text import say
from firmware.ui.screen import ENTER, MENU

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_ASK_MS = const(10_000)
_TELL_MS = const(10_000)
_KEYPAD_TEST = const("P02")


async def _ask(t: "Terminal", words: str, keys: str, hint: str) -> str:
    with Loan("firmware.ui.screens") as screens:
        return await screens.Message(t.ui, say("service.title"), say(words), keys, say(hint)).result(_ASK_MS)


async def _is_supervisor(t: "Terminal") -> bool:
    if await _ask(t, "service.records", "DB", "hint.confirm") != ENTER:
        return False
    with Loan("firmware.flows.preparation") as preparation:
        await preparation.run(t)
    return await _approved(t)


async def _approved(t: "Terminal") -> bool:
    with Loan("firmware.flows.approval") as approval:
        return bool(await approval.run(t, "service"))


async def run(t: "Terminal") -> str:
    answer = await _ask(t, "service.ask", "DB", "hint.confirm")
    if MENU in await t.ui.keypad.stuck():  # the key of the answer may still be down
        t.facts.fault = _KEYPAD_TEST
        return ""
    if answer != ENTER:
        return ""
    if service.holds_records(t) and not await _is_supervisor(t):
        await _ask(t, "service.refused", ENTER, "hint.ok")
        return ""
    service.enter(t)
    return ""
