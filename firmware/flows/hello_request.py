# SPDX-License-Identifier: MIT
"""What a status request says (message 2): versions, how full the journal is, diagnostics, news of the audit trail. On
loan, and gone again before anything is sent: a handshake needs the memory.
"""

import machine
from micropython import const

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


def compose(t: "Terminal") -> "dict":
    """A new STAN each."""
    t.refresh_context()
    state = t.journal.state
    stan, now = t.next_stan()
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
    return messages.management(t.session.context, "301", stan, now, t.keys.number, tags)
