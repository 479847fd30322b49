# SPDX-License-Identifier: MIT
"""Ask support 询问客服 (L4): asks the host whether something is pending for this terminal; works while locked."""

from micropython import const

from firmware.flows import hello
from firmware.text import say
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_MAINTENANCE = const(2)


async def run(t: "Terminal") -> None:
    t.ui.progress(say("support.title"), say("support.busy"), 50)
    await hello.run(t)
    if t.journal.state.host_lock == _MAINTENANCE:
        words = say("support.maintenance") + "\n" + t.lock_text
    elif "3" in t.pending:
        words = say("support.sign_in")
    else:
        words = t.tags.get("DT") or say("support.free")
    if t.support:
        words += "\n" + say("support", t.support)
    await Message(t.ui, say("support.title"), words).result(60_000)
