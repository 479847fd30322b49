# SPDX-License-Identifier: MIT
"""Owns the radio: one access point in the air, and the station side of the chip as ESP-IDF and its port show it.

Statuses and errors follow ports/esp32/network_wlan.c: a station that is told to connect stays "connecting" until its
reconnects are used up, then shows ESP-IDF's reason of the last disconnection.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from tools.emulator.clock import Clock, Event

IDLE, CONNECTING, GOT_IP = 1000, 1001, 1010
ASSOC_LEAVE, BEACON_TIMEOUT, NO_AP_FOUND, AUTH_FAIL = 8, 200, 201, 202
NOT_STARTED, INTERNAL_ERROR = -2, -3
_SCAN_US = 2_400_000  # all channels, nothing found
_AUTH_US = 3_000_000  # a wrong key shows after the handshake has been repeated
_ASSOC_US = 400_000
_DHCP_US = (700_000, 1_500_000)
_BEACON_US = 6_000_000
ADDRESS = "192.168.4.23 255.255.255.0 192.168.4.1 192.168.4.1"


def _nothing() -> None:
    """Nobody listens."""


class Wifi:
    """`ssid`, `psk`, `is_up` and `rssi` describe the access point; the rest is the chip's."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self.ssid = "shop"
        self.psk = "correct horse"
        self.rssi = -58
        self.channel = 6
        self._is_up = True
        self._clock = clock
        self._random = random.Random(f"{seed}/wifi")
        self._event: Event | None = None
        self.connects = 0
        self.on_reachable: Callable[[], None] = _nothing
        self.reset()

    def reset(self) -> None:
        """The chip restarts: the radio is off."""
        self._cancel()
        self.is_started = False
        self.is_connected = False
        self.power_save = 1
        self._is_requested = False
        self._reason = 0
        self._limit = 0  # as conf_wifi_sta_reconnects: 0 = for ever, else attempts
        self._attempts = 0
        self._target: tuple[str, str] = ("", "")

    @property
    def is_up(self) -> bool:
        return self._is_up

    @is_up.setter
    def is_up(self, value: bool) -> None:
        self._is_up = value
        if not value and self.is_connected:
            self._later(_BEACON_US, lambda: self._disconnected(BEACON_TIMEOUT))
        elif value and self.is_connected:
            self.on_reachable()

    @property
    def is_reachable(self) -> bool:
        """Bytes can pass between the chip and the world."""
        return self.is_connected and self._is_up

    def activate(self, wanted: int) -> int:
        if wanted == 1:
            self.is_started = True
        elif wanted == 0 and self.is_started:
            limit, save = self._limit, self.power_save
            self.reset()
            self._limit, self.power_save = limit, save
        return int(self.is_started)

    def connect(self, data: bytes) -> int:
        if not self.is_started:
            return NOT_STARTED
        if self._is_requested and not self.is_connected and self._event is not None:
            return INTERNAL_ERROR
        if data:
            ssid, _, key = data.partition(b"\0")
            self._target = (ssid.decode(), key.decode())
        self._is_requested = True
        self._attempts = 0
        self.is_connected = False
        self._attempt()
        return 0

    def disconnect(self) -> int:
        if not self.is_started:
            return NOT_STARTED
        self._is_requested = False
        if self.is_connected or self._event is not None:
            self._cancel()
            self._disconnected(ASSOC_LEAVE)
        return 0

    def status(self, what: int) -> int:
        if what == 1:
            return self.rssi if self.is_connected else -1000
        if self.is_connected:
            return GOT_IP
        if self._is_requested and (self._limit == 0 or self._attempts < self._limit):
            return CONNECTING
        return self._reason or IDLE

    def configure(self, what: int, value: int) -> None:
        if what == 0:
            self._limit = 0 if value == -1 else value + 1
        else:
            self.power_save = value

    def scan(self) -> tuple[bytes, int]:
        """Packed records, cost in us."""
        if not self._is_up:
            return b"", _SCAN_US
        name = self.ssid.encode()
        record = struct.pack("<BBbB", len(name), self.channel, self.rssi, 3 if self.psk else 0)
        return record + name + bytes.fromhex("02a0b1c2d3e4"), _SCAN_US

    def address(self) -> str:
        return ADDRESS if self.is_connected else "0.0.0.0 255.255.255.0 0.0.0.0 0.0.0.0"

    def _attempt(self) -> None:
        ssid, key = self._target
        if not self._is_up or ssid != self.ssid:
            self._later(_SCAN_US, lambda: self._disconnected(NO_AP_FOUND))
        elif self.psk and key != self.psk:
            self._later(_AUTH_US, lambda: self._disconnected(AUTH_FAIL))
        else:
            self._later(_ASSOC_US + self._random.randint(*_DHCP_US), self._got_ip)

    def _got_ip(self) -> None:
        self._event = None
        if not self._is_up:
            self._disconnected(NO_AP_FOUND)
            return
        self.is_connected = True
        self._reason = 0
        self.connects += 1
        self.on_reachable()

    def _disconnected(self, reason: int) -> None:
        self._event = None
        if reason == BEACON_TIMEOUT and self._is_up:
            return  # it came back within the beacon time
        self.is_connected = False
        self._reason = reason
        if self._is_requested:
            self._attempts += 1
            if self._limit == 0 or self._attempts < self._limit:
                self._attempt()

    def _later(self, delay_us: int, action: Callable[[], None]) -> None:
        self._cancel()
        self._event = self._clock.after(delay_us, action)

    def _cancel(self) -> None:
        if self._event is not None:
            self._event.cancel()
            self._event = None
