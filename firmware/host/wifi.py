# SPDX-License-Identifier: MIT
"""The radio: owns the WLAN interface and its state machine, keeps it associated with growing pauses between tries.

The code that associates (firmware.host.joining) is on loan: in memory during a try only.
"""

import asyncio
import time

import network
from micropython import const

from firmware import log
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_MS = const(250)
_WATCH_MS = const(1000)
_GOOD_DBM = (-85, -75, -65)


class Wifi:
    """`is_up` is what the driver says; only an answered echo proves the way to the host."""

    def __init__(self, ssid: str, psk: str, on_change: "Callable[[], None]", beat: "Callable[[str], None]") -> None:
        self._ssid = ssid
        self._psk = psk
        self._on_change = on_change
        self.beat = beat
        self.wlan = network.WLAN(network.WLAN.IF_STA)
        self._is_wanted = False
        self.is_up = False
        self.fault = "W1"  # W1 network not found or not answering, W2 key refused
        self.drops = 0

    def radio_on(self) -> None:
        """From a known state: a soft reset leaves the radio associated."""
        self.wlan.active(False)
        self.wlan.active(True)
        self.wlan.config(reconnects=0)

    def radio_off(self) -> None:
        self.wlan.active(False)
        self.is_up = False

    def level(self) -> int:
        """0 no network, 1 .. 4 weak to good."""
        if not self.is_up:
            return 0
        rssi = self.wlan.status("rssi")
        return 1 + sum([rssi > limit for limit in _GOOD_DBM])

    def full_power(self, is_busy: bool) -> None:
        """No power save while an exchange is in flight."""
        self.wlan.config(pm=self.wlan.PM_NONE if is_busy else self.wlan.PM_PERFORMANCE)

    def retry_now(self) -> None:
        """Somebody waits: cut the pause short."""
        self._is_wanted = True

    async def wait_up(self, timeout_ms: int) -> bool:
        start = time.ticks_ms()
        self.retry_now()
        while not self.is_up and time.ticks_diff(time.ticks_ms(), start) < timeout_ms:
            await asyncio.sleep_ms(_POLL_MS)
            self.beat("wifi")
        return self.is_up

    def _set(self, is_up: bool) -> None:
        if is_up != self.is_up:
            self.is_up = is_up
            log.event("wifi", "up" if is_up else "down", self.fault if not is_up else "")
            self._on_change()

    async def run(self) -> None:
        """Task: associate, watch, associate again."""
        failures = 0
        while True:
            self.beat("wifi")
            if self.wlan.isconnected():
                failures = 0
                self._set(True)
                await asyncio.sleep_ms(_WATCH_MS)
                continue
            if self.is_up:
                self.drops += 1
            self._set(False)
            pause_ms = await self._join(failures)
            failures = failures + 1 if pause_ms else 0
            await self._pause(pause_ms)

    async def _join(self, failures: int) -> int:
        """One try; ms before the next one, 0 when it has come up."""
        try:
            with Loan("firmware.host.joining") as joining:
                return await joining.run(self, self._ssid, self._psk, failures)
        except MemoryError:  # a journey at the counter needs it all just now
            log.event("wifi", "memory")
            return _WATCH_MS

    async def _pause(self, span_ms: int) -> None:
        """Or until somebody waits."""
        self._is_wanted = False
        while span_ms > 0 and not self._is_wanted:
            await asyncio.sleep_ms(min(span_ms, _POLL_MS))
            span_ms -= _POLL_MS
            self.beat("wifi")
