# SPDX-License-Identifier: MIT
"""Message 1 made (S2): the try counted, the fields put together."""

from micropython import const

from firmware.loader import Loan
from firmware.terminal import VERSION

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

    Fields = dict[object, object]


def request(t: "Terminal", operator: int, shift: int, block: bytes) -> "Fields":
    """A newly typed PIN is a new STAN, so that a repeat never burns a try; the try is counted before it is sent."""
    settings = t.settings
    assert settings is not None
    state = t.journal.state
    stan, now = t.next_stan()
    t.throttle.count()
    context = t.session.context
    context.operator = "%03d" % operator
    tags = [
        ("SN", str(settings["serial"])),
        ("FV", VERSION),
        ("PV", "%04d" % state.parameters),
        ("NV", "%04d" % state.notice),
        ("JN", "%d" % len(t.journal)),
        ("SH", "%d" % shift),
    ]
    with Loan("firmware.host.messages") as messages:
        fields = messages.management(context, "001", stan, now, 0, tags)
        messages.add_pin(fields, block, 0)
    return fields
