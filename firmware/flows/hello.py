# SPDX-License-Identifier: MIT
"""Message 2 (status): the echo decides whether the link is up, and it brings the host's clock and wishes."""

import machine
from micropython import const

from firmware.errors import Refused
from firmware.host import messages
from firmware.loader import Loan
from firmware.terminal import VERSION

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


def _diagnostics(t: "Terminal") -> str:
    """DG: reset cause, battery, Wi-Fi drops, handshakes, journal use, software fault; facts only."""
    return "RC%d BV%d WD%d HS%d JU%d%s" % (
        machine.reset_cause(),
        t.power.millivolts(),
        t.wifi.drops,
        t.session.link.handshakes,
        t.journal.used_percent,
        " SF" + t.unreported.replace(" ", "@") if t.unreported else "",
    )


async def run(t: "Terminal") -> None:
    """One status exchange, a new STAN each; LinkError or Refused."""
    t.refresh_context()
    state = t.journal.state
    stan, now = t.next_stan()
    number = t.keys.number
    tags = [
        ("FV", VERSION),
        ("PV", "%04d" % state.parameters),
        ("NV", "%04d" % state.notice),
        ("JN", "%d" % len(t.journal)),
        ("DG", _diagnostics(t)),
    ]
    if t.trail_held != t.journal.trail_head[0]:
        with Loan("firmware.store.trail") as trail:
            tags.append(("AU", trail.unsent(t.journal, t.trail_held)))
    fields = messages.management(t.session.context, "301", stan, now, number, tags)
    try:
        answer = await t.session.call(fields, number, 1)
    except Refused as refusal:
        if refusal.is_signed:
            t.facts.is_barred = refusal.de39 == "58"
        raise
    t.facts.is_barred = False
    held = answer[62].get("AN", "")
    if held.isdigit():
        t.trail_held = int(held)
    if t.unreported:
        with Loan("firmware.crash") as crash:
            crash.forget()
        t.unreported = ""
    t.upload_wanted = True
