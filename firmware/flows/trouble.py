# SPDX-License-Identifier: MIT
"""What went wrong, what to do, and whom to call: the one place where error codes become a screen (S3, O4)."""

from micropython import const

from firmware.errors import TerminalError
from firmware.text import has, say
from firmware.ui import light
from firmware.ui.screen import ENTER
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_SHOW_MS = const(60_000)


def words_of(t: "Terminal", fault: TerminalError) -> str:
    """Reason, action and support contact, one line each."""
    code = fault.code if has("err." + fault.code) else "other"
    lines = [say("err." + code), say("do." + code)]
    if fault.code[0] != "W" and t.support:
        lines.append(say("support", t.support))
    return "\n".join(lines)


async def run(t: "Terminal", fault: TerminalError) -> str:
    """Shown until acknowledged; the journey that leads out of it, "" if there is none."""
    if fault.is_told:
        return ""
    t.ui.light(light.LOCKED if t.reason() else light.READY)
    title = say("trouble.code", fault.code, say("trouble.title"))
    key = await Message(t.ui, title, words_of(t, fault)).result(_SHOW_MS)
    if key != ENTER or not fault.needs_sign_in or not t.keys.is_signed_in:
        return ""
    t.again = (t.journal.state.operator, t.journal.state.shift)
    t.wipe()  # on the operator's word, not on that of an answer that may be unsigned
    return "sign_in"


async def retry(t: "Terminal", fault: TerminalError) -> None:
    """The same with the offer to try again; raises the fault when the operator declines, or where it is in vain."""
    if fault.needs_sign_in:
        raise fault
    t.ui.light(light.LOCKED if t.reason() else light.READY)
    title = say("trouble.code", fault.code, say("trouble.title"))
    words = words_of(t, fault)
    if await Message(t.ui, title, words, "DB", say("hint.retry")).result(_SHOW_MS) != ENTER:
        fault.is_told = True
        raise fault
