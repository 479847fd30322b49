# SPDX-License-Identifier: MIT
"""Before the sign-in (P4): battery, network, host. What can be slow or fail happens here, not after the PIN."""

from micropython import const

from firmware.errors import LinkError, TerminalError
from firmware.flows import hello
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_WIFI_MS = const(10_000)


async def run(t: "Terminal") -> None:
    """P4: battery, network, host; each failure raises its code."""
    t.show_status()
    if t.facts.is_battery_low:
        raise TerminalError("B1")
    if not t.wifi.is_up:
        t.ui.progress(say("check.title"), say("check.network"), 30)
        if not await t.wifi.wait_up(_WIFI_MS):
            raise LinkError(t.wifi.fault)
    if not t.session.link.is_open:
        t.ui.progress(say("check.title"), say("check.host"), 60)
        await hello.run(t)
