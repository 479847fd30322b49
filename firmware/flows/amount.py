# SPDX-License-Identifier: MIT
"""What every sale begins with: may there be one now, how much, is that right?"""

from micropython import const

from firmware.flows.asking import ask_yes
from firmware.loader import Loan
from firmware.text import money, say
from firmware.ui.screen import ENTER
from firmware.ui.screens import Entry, Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_DIGITS = const(9)  # 9,999,999.99
_TIMEOUT_MS = const(60_000)


def _shown(buffer: bytearray, length: int) -> str:
    return money(int(bytes(memoryview(buffer)[:length]) or b"0"))


async def _ask(t: "Terminal", title: str) -> int:
    buffer = bytearray(_DIGITS)
    while True:
        entry = Entry(t.ui, say(title), buffer, 1, _shown)
        if await entry.result(_TIMEOUT_MS) != ENTER:
            return 0
        amount = int(bytes(memoryview(buffer)[: entry.length]))
        if amount:
            return amount


def _hindrance(t: "Terminal") -> str:
    with Loan("firmware.hindrance") as module:
        return module.hindrance(t)


async def ask(t: "Terminal", title: str, confirm: str = "amount.confirm") -> int:
    """Minor units, 0 when there is to be no sale; `confirm` is the question at the end."""
    why = _hindrance(t)
    if why:
        words = say(why if "." in why else "refused." + why)
        await Message(t.ui, say("refused.title"), words).result(_TIMEOUT_MS)
        return 0
    amount = await _ask(t, title)
    return amount if amount and await ask_yes(t, say(confirm), money(amount)) else 0
