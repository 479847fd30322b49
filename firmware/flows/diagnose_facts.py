# SPDX-License-Identifier: MIT
"""What the terminal knows of itself: versions, time since the start and its cause, memory, radio, journal, battery."""

import gc
import os
import time

import machine
from micropython import const

from firmware.store.journal import BATCH_LIMIT
from firmware.terminal import VERSION
from firmware.text import say
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_SHOW_MS = const(60_000)
_PERIOD = const(1 << 30)  # of the ticks: twelve days
_CYCLES = const(100_000)  # erases that a sector of the flash takes
_MINUTE_MS = const(60_000)
_CAUSES = const(5)  # that have words


def _board() -> "list[str]":
    minutes = time.ticks_diff(time.ticks_ms(), 0) % _PERIOD // _MINUTE_MS
    cause = machine.reset_cause()
    gc.collect()
    return [
        say("facts.version", VERSION),
        say("facts.python", os.uname()[3].split()[0]),
        say("facts.up", "%d:%02d" % (minutes // 60, minutes % 60)),
        say("facts.cause", say("cause.%d" % cause) if 0 < cause <= _CAUSES else cause),
        say("facts.heap", gc.mem_free() // 1024),
    ]


def _radio(t: "Terminal") -> "list[str]":
    if t.settings is None:
        return []
    signal = "%d dBm" % t.wifi.wlan.status("rssi") if t.wifi.is_up else "-"
    return [say("facts.signal", signal), say("facts.drops", t.wifi.drops)]


def _store(t: "Terminal") -> "list[str]":
    log = t.journal.log
    return [
        say("facts.journal", len(t.journal), BATCH_LIMIT),
        say("facts.wear", log.appended // log.capacity, _CYCLES),
        say("facts.battery", "%dmV" % t.power.millivolts()),
    ]


async def run(t: "Terminal") -> None:
    words = "\n".join(_board() + _radio(t) + _store(t))
    await Message(t.ui, say("menu.facts"), words).result(_SHOW_MS)
