# SPDX-License-Identifier: MIT
"""Owns the way from the chip's sockets to real hosts: latency, loss, and cuts at any byte, in virtual time.

A connection is a real one to 127.0.0.1.  After the chip has sent something, the clock does not pass the moment at
which the answer is due until the real answer is there (or `patience_s` of real time has gone by), so that the host's
real speed never shows in virtual time.
"""

from __future__ import annotations

import errno
import select
from collections.abc import Callable

from tools.emulator.clock import Clock
from tools.emulator.connection import SEGMENT, Connection
from tools.emulator.wifi import Wifi

_SLOTS = 8
_SYN_TIMEOUT_US = 75_000_000
_RETRY_US, _LONGEST_RETRY_US = 1_500_000, 50_000_000  # its first repetition, and where it doubles no more
_SYN = 40  # bytes
Address = tuple[str, int]


class Link:
    """All sockets of the chip, and what lies between them and the hosts."""

    def __init__(self, clock: Clock, wifi: Wifi) -> None:
        self.clock = clock
        self.wifi = wifi
        wifi.on_reachable = self.release_held
        wifi.on_lost = self._address_lost
        self.latency_ms = 40
        """Round trip, virtual."""
        self.bandwidth_bps = 0
        """Of each way; 0: as much as there is."""
        self.patience_s = 10.0
        """How long to wait, really, for an answer that is due."""
        self.expects_tickets = False
        """The hosts send TLS 1.3 session tickets before their first answer; only real time tells one from the other."""
        self.is_refusing = False
        self.handshake_scale = 1.0
        self.bytes_up = self.bytes_down = self.connects = self.silences = 0
        self.on_sent: Callable[[bytes], None] | None = None
        self._swallow = ""
        self._cuts: dict[str, int] = {}
        self._routes: dict[Address, Address] = {}
        self._names: dict[str, str] = {}
        self._sockets: list[Connection | None] = [None] * _SLOTS

    def route(self, seen: Address, real: Address) -> None:
        """Connections of the chip to `seen` (address or name, port) go to `real`."""
        host, port = seen
        if not host.replace(".", "").isdigit():
            host = self._names.setdefault(host, f"10.20.0.{10 + len(self._names)}")
        self._routes[host, port] = real

    def cut_after(self, count: int, direction: str = "up") -> None:
        """Break the connection once `count` more bytes have passed "up" or "down"."""
        self._cuts[direction] = count

    @property
    def is_cut_pending(self) -> bool:
        return bool(self._cuts)

    @property
    def swallow(self) -> str:
        """Empty, "up", "down" or "both": bytes that way are held back, as by a network that lost its route."""
        return self._swallow

    @swallow.setter
    def swallow(self, direction: str | bool) -> None:
        self._swallow = ("down" if direction else "") if isinstance(direction, bool) else direction
        self.release_held()

    def release_held(self) -> None:
        """The network is back: what it held moves on."""
        for connection in self.open_connections():
            connection.release_held()

    def transit_us(self, size: int) -> int:
        """What `size` bytes take beyond the latency: their bits, and the patience of TCP where segments get lost."""
        cost_us = size * 8_000_000 // self.bandwidth_bps if self.bandwidth_bps else 0
        for _ in range(0, size, SEGMENT):
            wait_us = _RETRY_US
            while self.wifi.loses_segment() and wait_us < _LONGEST_RETRY_US:
                cost_us += wait_us
                wait_us *= 2
        return cost_us

    def carries(self, direction: str) -> bool:
        return self.wifi.is_reachable and self._swallow not in (direction, "both")

    def half_open(self) -> None:
        """The hosts lose their connections and the chip is not told."""
        for connection in self.open_connections():
            connection.forget_host()

    def reset_connections(self) -> None:
        """Every connection is reset, as by a restarted host."""
        for connection in self.open_connections():
            connection.fail(errno.ECONNRESET)

    def _address_lost(self) -> None:
        # The port takes its address from the interface: lwIP aborts what was bound to it.
        for connection in self.open_connections():
            connection.fail(errno.ECONNABORTED)

    def open_connections(self) -> list[Connection]:
        return [connection for connection in self._sockets if connection is not None]

    def take_cut(self, direction: str, size: int) -> int | None:
        """How many of `size` bytes still pass when the cut lies among them."""
        left = self._cuts.get(direction)
        if left is None:
            return None
        if left > size:
            self._cuts[direction] = left - size
            return None
        del self._cuts[direction]
        return left

    # What the chip asks.

    def resolve(self, host: str) -> str:
        """The address of `host`, or "" when no name server answers."""
        if host.replace(".", "").isdigit():
            return host
        return self._names.get(host, "") if self.wifi.is_reachable else ""

    def new_socket(self) -> int:
        for number, connection in enumerate(self._sockets):
            if connection is None:
                self._sockets[number] = Connection(self)
                return number
        return -errno.ENFILE

    def socket(self, number: int) -> Connection | None:
        return self._sockets[number] if 0 <= number < _SLOTS else None

    def connect(self, number: int, address: Address) -> int:
        connection = self.socket(number)
        if connection is None:
            return -errno.EBADF
        if not self.wifi.is_connected:
            return -errno.EHOSTUNREACH
        self.connects += 1
        delay_us = self.latency_ms * 1000
        real = self._routes.get(address)
        if self.is_refusing and real is not None:
            connection.start(lambda: connection.fail(errno.ECONNRESET), delay_us)
        elif real is None or not self.carries("up"):
            connection.start(lambda: connection.fail(errno.ECONNABORTED), _SYN_TIMEOUT_US)
        else:
            connection.connect(real, delay_us + self.transit_us(_SYN))
        return -errno.EINPROGRESS

    def close(self, number: int) -> int:
        connection = self.socket(number)
        if connection is not None:
            connection.close()
            self._sockets[number] = None
        return 0

    def reset(self) -> None:
        """The chip restarts: its sockets vanish."""
        for number in range(_SLOTS):
            self.close(number)

    def flags(self) -> int:
        """Readiness of all sockets as it goes with each answer to the chip."""
        bits = 0
        for number, connection in enumerate(self._sockets):
            if connection is not None:
                bits |= connection.is_readable << 8 + number | connection.is_writable << 16 + number
        return bits

    def poll(self) -> None:
        """Take in, without waiting, what hosts have sent of their own accord."""
        real = {c.real: c for c in self.open_connections() if c.real is not None and c.is_listening}
        if real:
            for ready in select.select(list(real), [], [], 0)[0]:
                real[ready].collect(self.latency_ms * 500)
