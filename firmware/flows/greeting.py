# SPDX-License-Identifier: MIT
"""签到成功 (S4): who is signed in, the last sign-in, then the host's text, which must be acknowledged."""

from micropython import const

from firmware.text import say
from firmware.ui import light
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def run(t: "Terminal") -> None:
    tags = t.tags
    state = t.journal.state
    t.ui.light(light.READY)
    t.show_status()
    words = say("sign_in.welcome", t.operator_name or "%03d" % state.operator, state.shift)
    last = tags.get("LO", "")
    if len(last) == 14 and last.isdigit():
        words += "\n" + say("sign_in.last", "%s-%s %s:%s" % (last[4:6], last[6:8], last[8:10], last[10:12]))
    if tags.get("FC", "0").strip("0"):
        words += "\n" + say("sign_in.failures", tags["FC"])
    text = tags.get("DT", "")
    t.tags = {}
    await Message(t.ui, say("sign_in.done"), words).result(30_000)
    if text:
        await Message(t.ui, say("notice.title"), text, hint=say("hint.notice")).result()
