# SPDX-License-Identifier: MIT
"""The periodic health check (O6): woken by the timer, dark, one status exchange, back to sleep."""

from micropython import const

from firmware import log
from firmware.errors import TerminalError
from firmware.flows import hello

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_WIFI_MS = const(10_000)


async def run(t: "Terminal") -> str:
    """Tell the host how this terminal is; whatever happens, sleep again."""
    if t.settings is not None and not t.facts.is_battery_low:
        try:
            if await t.wifi.wait_up(_WIFI_MS):
                await hello.run(t)
        except TerminalError as fault:
            log.event("health", fault.code)
    return "off"
