# SPDX-License-Identifier: MIT
"""Notices that wait at the host (message 11): fetched one by one, shown whole, acknowledged by the NV of the next."""

from micropython import const

from firmware.errors import LinkError, Refused
from firmware.host import messages
from firmware.text import say
from firmware.ui.canvas import WIDTH
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_MOST = const(8)  # a host that never says "none" must not hold the counter


async def run(t: "Terminal") -> None:
    for _ in range(_MOST):
        state = t.journal.state
        stan, now = t.next_stan()
        number = t.keys.number
        tags = [("NV", "%04d" % state.notice)]
        fields = messages.management(t.session.context, "811", stan, now, number, tags)
        try:
            answer = await t.session.call(fields, number, 1, ("00", "25", "40"))
        except (LinkError, Refused):
            t.pending = t.pending.replace("8", "")
            return  # asked again when the next answer says that a notice is pending
        found = answer[62]
        version = found.get("NV", "")
        if answer[39] != "00" or not version.isdigit() or int(version) == state.notice:
            t.pending = t.pending.replace("8", "")
            return
        title, body = found.get("NT", say("notice.title")), found.get("NB", "")
        if t.ui.canvas.glyphs.width(title) > WIDTH:
            title, body = say("notice.title"), title + "\n" + body
        screen = Message(t.ui, title, body, hint=say("hint.notice"))
        screen.is_quoted = True
        await screen.result()
        t.journal.change(notice=int(version) & 0xFFFF)
