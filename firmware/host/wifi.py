# SPDX-License-Identifier: MIT
"""The radio: owns the WLAN interface and its state machine, keeps it associated with growing pauses between tries.

A second connect() while one is under way is an error of the port and status codes are hints only, so every try starts
from disconnect(), and after several failures the radio is switched off and on.
"""

import asyncio
import random
import time

import network
from micropython import const

from firmware import log

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable

_TRY_MS = const(10_000)
_POLL_MS = const(250)
_WATCH_MS = const(1000)
_LONGEST_S = const(30)
_RESET_AFTER = const(4)  # failures in a row
_FRESH_MS = const(3_500)  # longer than a scan or a refused handshake takes: by then a reason is this try's
_KEY_REFUSED = (15, 202, 204)  # handshake timed out, refused, timed out: what a wrong key shows differs by access point
_GOOD_DBM = (-85, -75, -65)


class Wifi:
    """`is_up` is what the driver says; only an answered echo proves the way to the host."""

    def __init__(self, ssid: str, psk: str, on_change: "Callable[[], None]", beat: "Callable[[str], None]") -> None:
        self._ssid = ssid
        self._psk = psk
        self._on_change = on_change
        self._beat = beat
        self.wlan = network.WLAN(network.WLAN.IF_STA)
        self._kick = asyncio.Event()
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
        self._kick.set()

    async def wait_up(self, timeout_ms: int) -> bool:
        start = time.ticks_ms()
        self.retry_now()
        while not self.is_up and time.ticks_diff(time.ticks_ms(), start) < timeout_ms:
            await asyncio.sleep_ms(_POLL_MS)
            self._beat("wifi")
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
            self._beat("wifi")
            if self.wlan.isconnected():
                failures = 0
                self._set(True)
                await asyncio.sleep_ms(_WATCH_MS)
                continue
            if self.is_up:
                self.drops += 1
            self._set(False)
            if await self._associate():
                continue
            failures += 1
            if failures % _RESET_AFTER == 0:
                self.radio_on()
            await self._pause(failures)

    async def _pause(self, failures: int) -> None:
        """1, 2, 4 .. 30 s with a quarter of jitter, or until somebody waits."""
        span_ms = min(1 << min(failures - 1, 5), _LONGEST_S) * 1000
        span_ms += random.getrandbits(12) * span_ms // 16384
        self._kick.clear()
        while span_ms > 0 and not self._kick.is_set():
            slice_ms = min(span_ms, _WATCH_MS)
            try:
                await asyncio.wait_for_ms(self._kick.wait(), slice_ms)
            except asyncio.TimeoutError:
                pass
            span_ms -= slice_ms
            self._beat("wifi")

    async def _associate(self) -> bool:
        wlan = self.wlan
        shown = wlan.status()  # the port shows the reason of the last failure until there is another or an address
        try:
            wlan.disconnect()
            wlan.connect(self._ssid, self._psk)
        except OSError:
            self.radio_on()  # "Wifi Internal Error": the driver's state is unknown
            return False
        start = time.ticks_ms()
        while time.ticks_diff(time.ticks_ms(), start) < _TRY_MS:
            await asyncio.sleep_ms(_POLL_MS)
            self._beat("wifi")
            if wlan.isconnected():
                return True
            status = wlan.status()
            is_old = status == shown and time.ticks_diff(time.ticks_ms(), start) < _FRESH_MS
            if status not in (network.STAT_CONNECTING, network.STAT_IDLE) and not is_old:
                self.fault = "W2" if status in _KEY_REFUSED else "W1"
                break
        wlan.disconnect()
        return False
