# SPDX-License-Identifier: MIT
"""Owns the radio: what is in the air, and the station side of the chip as ESP-IDF and its port show it.

Follows ports/esp32/network_wlan.c: the reason of the last disconnection stays until an address is had or another
takes its place, and some reasons are shown even while the station is connecting again.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

from tools.emulator.clock import Clock, Event

IDLE, CONNECTING, GOT_IP = 1000, 1001, 1010
ASSOC_EXPIRE, ASSOC_LEAVE, HANDSHAKE = 4, 8, 15
BEACON_TIMEOUT, NO_AP_FOUND, AUTH_FAIL, CONNECTION_FAIL = 200, 201, 202, 205
INTERNAL_ERROR, NOT_STARTED, NOT_CONNECTED = -1, -2, -4  # as modules/_wlan.py names them
OPEN, WPA2 = 0, 3
DHCP_NEVER = -1
_SCAN_US = 2_400_000  # all channels, nothing found
_AUTH_US = 3_000_000  # a wrong key shows after the handshake has been repeated
_ASSOC_US = 400_000
_QUERY = 16
_PROTOCOLS = 7  # 802.11 b, g and n
_DHCP_US = (700_000, 1_500_000)
_BEACON_US = 6_000_000
_WEAK_DBM, _DEAD_DBM, _DEAD_LOSS = -82, -95, 0.6
ADDRESS = "192.168.4.23 255.255.255.0 192.168.4.1 192.168.4.1"
_NO_ADDRESS = "0.0.0.0 255.255.255.0 0.0.0.0 0.0.0.0"


@dataclass
class Network:
    """Another access point in the air."""

    ssid: str
    channel: int = 1
    rssi: int = -75
    security: int = WPA2
    bssid: bytes = bytes.fromhex("02a0b1c2d3e5")


def _nothing() -> None:
    """Nobody listens."""


class Wifi:
    """`ssid`, `psk`, `is_up`, `rssi` describe the shop's access point, `others` its neighbours; the rest is the chip's.

    `dhcp_ms`: how long an address takes (None: 0.7 to 1.5 s, DHCP_NEVER).  `key_reasons`: what a wrong key shows, one
    attempt after the other, the last for all further ones.  `loss`: share of segments lost (None: by signal).
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        self.ssid = "shop"
        self.psk = "correct horse"
        self.bssid = bytes.fromhex("02a0b1c2d3e4")
        self.rssi = -58
        self.channel = 6
        self.dhcp_ms: int | None = None
        self.key_reasons: tuple[int, ...] = (AUTH_FAIL,)
        self.others: list[Network] = []
        self.loss: float | None = None
        self._is_up = True
        self._clock = clock
        self._random = random.Random(f"{seed}/wifi")
        self._air = random.Random(f"{seed}/air")
        self._event: Event | None = None
        self.connects = 0
        self.on_reachable: Callable[[], None] = _nothing
        self.on_lost: Callable[[], None] = _nothing
        self._wrong_keys = 0
        self.reset()

    def reset(self) -> None:
        """The chip restarts: the radio is off."""
        self._cancel()
        self.is_started = False
        self.is_connected = False
        self.power_save = 1
        self._is_connecting = False
        self._is_associated = False
        self._is_requested = False
        self._reason = 0
        self._limit = 0  # as conf_wifi_sta_reconnects: 0 = for ever, else attempts
        self._attempts = 0
        self._target: tuple[str, str] = ("", "")
        self._tx_power = 80

    @property
    def is_up(self) -> bool:
        return self._is_up

    @is_up.setter
    def is_up(self, value: bool) -> None:
        self._is_up = value
        if not value and self._is_associated:
            self._later(_BEACON_US, self._beacons_lost)
        elif value and self.is_connected:
            self.on_reachable()

    @property
    def is_reachable(self) -> bool:
        """Bytes can pass between the chip and the world."""
        return self.is_connected and self._is_up

    @property
    def loss_now(self) -> float:
        """The share of segments that get lost on the air."""
        if self.loss is not None:
            return self.loss
        return _DEAD_LOSS * min(1.0, max(0.0, (_WEAK_DBM - self.rssi) / (_WEAK_DBM - _DEAD_DBM)))

    def loses_segment(self) -> bool:
        """Does the next one get lost?"""
        loss = self.loss_now
        return loss > 0 and self._air.random() < loss

    def drop(self, reason: int = ASSOC_EXPIRE) -> None:
        """The access point throws the station out."""
        if self._is_associated:
            self._disconnected(reason)

    # What the chip asks.

    def activate(self, wanted: int) -> int:
        if wanted == 1 and not self.is_started:
            self.is_started = True
            self._attempts = 0
        elif wanted == 0 and self.is_started:
            self.is_started = False
            if self._is_connecting or self._is_associated:
                self._disconnected(ASSOC_LEAVE)
        return int(self.is_started)

    def connect(self, data: bytes) -> int:
        if not self.is_started:
            return NOT_STARTED
        if data:
            ssid, _, key = data.partition(b"\0")
            target = (ssid.decode(), key.decode())
            self._wrong_keys = self._wrong_keys if target == self._target else 0
            self._target = target
        self._attempts = 0
        if self._is_connecting:
            return INTERNAL_ERROR
        if self._is_associated:
            self._disconnected(ASSOC_LEAVE)
        self._is_requested = True
        self._attempt()
        return 0

    def disconnect(self) -> int:
        self._is_requested = False
        if not self.is_started:
            return NOT_STARTED
        if self._is_connecting or self._is_associated:
            self._disconnected(ASSOC_LEAVE)
        return 0

    def status(self, what: int) -> int:
        if what == 1:
            return self.rssi if self._is_associated else -1000
        if self.is_connected:
            return GOT_IP
        if self._reason == NO_AP_FOUND:
            return NO_AP_FOUND
        if self._reason in (AUTH_FAIL, CONNECTION_FAIL):
            return AUTH_FAIL
        if self._reason == ASSOC_LEAVE:
            return IDLE
        if self._is_requested and (self._limit == 0 or self._attempts < self._limit):
            return CONNECTING
        return self._reason or IDLE

    def configure(self, what: int, value: int) -> int:
        """Set a setting, or get it where bit 4 is set: reconnects, power save, channel, protocols, quarters of dBm."""
        if what & _QUERY:
            known = (self._limit - 1, self.power_save, self.channel, _PROTOCOLS, self._tx_power)
            return known[what & ~_QUERY]
        if what == 0:
            self._limit = 0 if value == -1 else value + 1
        elif what == 1:
            self.power_save = value
        elif what == 4:
            self._tx_power = value
        return 0

    @property
    def target_ssid(self) -> str:
        return self._target[0]

    def scan(self) -> tuple[bytes, int]:
        """Packed records, strongest first, and the cost in us; a station that is connecting does not scan."""
        if self._is_connecting:
            return b"", 0
        found = list(self.others)
        if self._is_up:
            found.append(Network(self.ssid, self.channel, self.rssi, WPA2 if self.psk else OPEN, self.bssid))
        records = b""
        for place in sorted(found, key=lambda place: -place.rssi):
            name = place.ssid.encode()
            records += struct.pack("<BBbB", len(name), place.channel, place.rssi, place.security) + name + place.bssid
        return records, _SCAN_US

    def address(self) -> str:
        return ADDRESS if self.is_connected else _NO_ADDRESS

    # What happens.

    def _attempt(self) -> None:
        ssid, key = self._target
        self._is_connecting = True
        if not self._is_up or ssid != self.ssid or self.rssi < _DEAD_DBM:
            self._later(_SCAN_US, lambda: self._disconnected(NO_AP_FOUND))
        elif self.psk and key != self.psk:
            reason = self.key_reasons[min(self._wrong_keys, len(self.key_reasons) - 1)]
            self._wrong_keys += 1
            self._later(_AUTH_US, lambda: self._disconnected(reason))
        else:
            self._later(_ASSOC_US, self._associated)

    def _associated(self) -> None:
        self._event = None
        if not self._is_up:
            self._disconnected(NO_AP_FOUND)
            return
        self._is_connecting = False
        self._is_associated = True
        self._wrong_keys = 0
        if self.dhcp_ms != DHCP_NEVER:
            delay_us = self._random.randint(*_DHCP_US) if self.dhcp_ms is None else self.dhcp_ms * 1000
            self._later(delay_us, self._got_ip)

    def _got_ip(self) -> None:
        self._event = None
        self.is_connected = True
        self._reason = 0
        self.connects += 1
        self.on_reachable()

    def _beacons_lost(self) -> None:
        self._event = None
        if not self._is_up:  # else it came back within the beacon time
            self._disconnected(BEACON_TIMEOUT)
        elif not self.is_connected:
            self._associated()

    def _disconnected(self, reason: int) -> None:
        self._cancel()
        was_connected = self.is_connected
        self.is_connected = self._is_associated = self._is_connecting = False
        self._reason = reason
        if was_connected:
            self.on_lost()
        if self._is_requested:
            self._attempts += 1
            if self.is_started and (self._limit == 0 or self._attempts < self._limit):
                self._attempt()

    def _later(self, delay_us: int, action: Callable[[], None]) -> None:
        self._cancel()
        self._event = self._clock.after(delay_us, action)

    def _cancel(self) -> None:
        if self._event is not None:
            self._event.cancel()
            self._event = None
