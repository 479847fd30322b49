# SPDX-License-Identifier: MIT
"""Questions that several journeys ask: a number, a PIN, a yes. Cancel and time-out are None, 0 and False."""

from micropython import const

from firmware.text import say
from firmware.ui.screen import ENTER, MENU
from firmware.ui.screens import Entry, Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_TIMEOUT_MS = const(30_000)  # between two keys
_ENTRY_MS = const(90_000)  # all of a PIN
_PIN_LEAST = const(4)
ANOTHER = -1  # instead of a length: another person's PIN shall do


class CANCELLED(Exception):
    """The operator pressed cancel or went away."""


def _plain(buffer: bytearray, length: int) -> str:
    return bytes(memoryview(buffer)[:length]).decode() or "_"


def _masked(_buffer: bytearray, length: int) -> str:
    return "*" * length or "_"


async def ask_number(t: "Terminal", title: str, digits: int) -> "int | None":
    """A number of at most so many digits."""
    buffer = bytearray(digits)
    entry = Entry(t.ui, title, buffer, 1, _plain)
    if await entry.result(_TIMEOUT_MS) != ENTER:
        return None
    return int(bytes(memoryview(buffer)[: entry.length]))


async def ask_pin(
    t: "Terminal", pin: bytearray, operator: int, has_other: bool = False, title: str = "pin.title"
) -> int:
    """Digits of a PIN into the caller's buffer (which the caller wipes); how many there are, or ANOTHER."""
    entry = Entry(t.ui, say(title, "%03d" % operator), pin, _PIN_LEAST, _masked)
    if has_other:
        entry.offer(MENU, say("hint.other"))
    key = await entry.result(_TIMEOUT_MS, _ENTRY_MS)
    if key == MENU:
        return ANOTHER
    return entry.length if key == ENTER else 0


async def ask_yes(t: "Terminal", title: str, words: str) -> bool:
    return await Message(t.ui, title, words, "DB", say("hint.confirm")).result(_TIMEOUT_MS) == ENTER
