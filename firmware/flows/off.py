# SPDX-License-Identifier: MIT
"""Switch off (O6): resources released, keys wiped, deep sleep until the power button or the next health check."""

import asyncio
import time

import esp32
import machine
from micropython import const

from firmware.text import say
from firmware.ui import light

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_HEALTH_S = const(6 * 3600)
_LONGEST_S = const(24 * 3600)
_POLL_MS = const(20)


async def run(t: "Terminal") -> None:
    t.ui.progress("", say("sleep"), 100)
    t.wipe()
    if t.settings is not None:
        t.session.link.close()
        t.wifi.radio_off()
    await asyncio.sleep_ms(500)  # long enough to be read
    t.ui.light(light.OFF)
    t.ui.led.set((0, 0, 0))
    t.power.release(t.ui.canvas.panel)
    while not t.power.button.value():  # ext0 is level-triggered
        time.sleep_ms(_POLL_MS)
        t.supervisor.feed()
    if isinstance(t.power.button, machine.Pin):
        esp32.wake_on_ext0(t.power.button, esp32.WAKEUP_ALL_LOW)
    machine.deepsleep(1000 * min(t.wake_s or _HEALTH_S, _LONGEST_S))
