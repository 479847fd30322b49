# SPDX-License-Identifier: MIT
"""`@health`: how the board is: versions, heap, radio, journal, battery."""

import gc
import os
import time

import machine
from micropython import const

from firmware.store.journal import BATCH_LIMIT
from firmware.terminal import VERSION

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

_CAUSES = ("", "power on", "hard", "watchdog", "deep sleep", "soft")


def _journal(t: "Terminal") -> "dict[str, int]":
    """Programs and erases since the start."""
    log = t.journal.log
    return {"records": len(t.journal), "capacity": BATCH_LIMIT, "programs": log.programs, "erases": log.erases}


async def answer(t: "Terminal", _words: "list[str]") -> "dict[str, Any]":
    gc.collect()
    cause = machine.reset_cause()
    facts: "dict[str, Any]" = {
        "v": VERSION,
        "mp": os.uname()[3].split()[0],
        "up_ms": time.ticks_ms(),
        "cause": _CAUSES[cause] if cause < len(_CAUSES) else str(cause),
        "free": gc.mem_free(),
        "used": gc.mem_alloc(),
        "journal": _journal(t),
        "battery_mv": t.power.millivolts(),
    }
    if t.settings is not None:
        facts["rssi"] = t.wifi.wlan.status("rssi") if t.wifi.is_up else 0
        facts["linked"] = t.session.link.is_open
        facts["reconnects"] = t.wifi.drops
    return facts
