# SPDX-License-Identifier: MIT
"""The radio: owns the WLAN interface and its state machine, keeps it associated with growing pauses between tries.

The code that associates (firmware.host.joining) is on loan: not in memory while the network is there. After several
failures the radio is switched off and on.
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
_RESET_AFTER = const(4)  # failures in a row
_GOOD_DBM = (-85, -75, -65)


class Wifi:
    """`is_up` is what the driver says; only an answered echo proves the way to the host."""

    def __init__(self, ssid: str, psk: str, on_change: "Callable[[], None]", beat: "Callable[[str], None]") -> None:
        self._ssid = ssid
        self._psk = psk
        self._on_change = on_change
        self.beat = beat
        self.wlan = network.WLAN(network.WLAN.IF_STA)
        self.kick = asyncio.Event()
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
        self.kick.set()

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
            failures = await self._join(failures)

    async def _join(self, failures: int) -> int:
        """One try and the pause after it; how many have failed in a row."""
        with Loan("firmware.host.joining") as joining:
            if await joining.associate(self, self._ssid, self._psk):
                return 0
            failures += 1
            if failures % _RESET_AFTER == 0:
                self.radio_on()
            await joining.pause(self, failures)
        return failures
