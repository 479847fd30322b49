# SPDX-License-Identifier: MIT
"""One connection of the chip: a socket as lwIP shows it on one side, a real socket to the host on the other.

Bytes that a lost network holds back are delivered when it returns, as TCP's repetition would; a reset loses them.
With several requests of a TLS connection on their way each answer, which is one record, comes when it is due.
"""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.emulator.clock import Event
from tools.emulator.tls_stretch import TlsWatch, end_of_records

if TYPE_CHECKING:
    from tools.emulator.link import Link

SEGMENT = 1436  # lwIP's TCP_MSS of the port
_SEND_BUFFER = 5744  # lwIP's TCP_SND_BUF of the port
_GRACE_S = 0.002
_TICKET_S = 0.5  # what came first after a TLS 1.3 handshake may be session tickets, with the answer still to come


class Connection:
    """States: new, connecting, open; `error` and `is_ended` say how it came to its end."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._clock = link.clock
        self.real: socket.socket | None = None
        self._state = "new"
        self._error = 0
        self._is_ended = False
        self._is_end_held = False
        self._is_lost = False  # the host's side is gone and the chip does not know
        self._received = bytearray()
        self._held_up = bytearray()
        self._held_down: list[bytes] = []
        self._early = bytearray()  # from the host, and not due yet
        self._answers_us: list[int] = []  # when the answers to what was sent are due
        self._requests = 0
        self._due: Event | None = None
        self._start: Event | None = None
        self._moving: Event | None = None  # a segment is on its way up
        self._last_delivery_us = 0
        self._sent_at_us = 0
        self._is_doubtful = False
        self.is_owed = False  # the host has not answered when its answer was due
        self._tls = TlsWatch()

    @property
    def is_readable(self) -> bool:
        return bool(self._received) or self._is_ended or bool(self._error)

    @property
    def is_writable(self) -> bool:
        is_free = self._state == "open" and len(self._held_up) < _SEND_BUFFER
        return bool(self._error) or is_free or self._state == "new"

    @property
    def is_listening(self) -> bool:
        """Something may come of the host's own accord, while nothing is on its way to it."""
        return self.real is not None and self._due is None and self._moving is None and not self._is_ended

    def start(self, action: Callable[[], None], delay_us: int) -> None:
        self._state = "connecting"
        self._start = self._clock.after(delay_us, action)

    def connect(self, real: tuple[str, int], delay_us: int) -> None:
        try:
            self.real = socket.create_connection(real, timeout=self._link.patience_s)
            self.real.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            self.start(lambda: self.fail(errno.ECONNRESET), delay_us)
        else:
            self.start(self._opened, delay_us)

    def _opened(self) -> None:
        self._start = None
        self._state = "open"

    def fail(self, error: int) -> None:
        """The chip learns of a broken connection."""
        self._error = error
        self._state = "open"
        self.forget_host()
        self._is_lost = False

    def forget_host(self) -> None:
        """The real connection ends, orderly, so that the host can still read what was sent."""
        self._cancel()
        self._is_lost = True
        self.is_owed = False
        if self.real is not None:
            self.real.close()
            self.real = None

    def close(self) -> None:
        if self._moving is not None and self.real is not None and self._link.carries("up"):
            self._transmit(bytes(self._held_up))
        self._held_up.clear()
        self.forget_host()

    def _cancel(self) -> None:
        for event in (self._due, self._start, self._moving):
            if event is not None:
                event.cancel()
        self._due = self._start = self._moving = None

    # From the chip.

    def send(self, data: bytes) -> tuple[int, int]:
        """(bytes taken or -errno, what it cost the chip's CPU in us)."""
        if self._error:
            return -self._error, 0
        if self._state != "open":
            return (-errno.EAGAIN if self._state == "connecting" else -errno.ENOTCONN), 0
        if not data:
            return 0, 0
        data = data[: _SEND_BUFFER - len(self._held_up)]
        if not data:
            return -errno.EAGAIN, 0
        if self._link.on_sent is not None:
            self._link.on_sent(data)
        cost_us = int(self._tls.sent(data) * self._link.handshake_scale)
        self._sent_at_us = self._clock.now_us + cost_us  # the work came before the sending
        self._held_up += data
        self._pass_up()
        return len(data), cost_us

    def receive(self, size: int) -> tuple[int, bytes]:
        """(result, bytes): 0 and nothing at the end of the stream, or -errno."""
        if self._received:
            data = bytes(self._received[:size])
            del self._received[:size]
            return len(data), data
        if self._error:
            return -self._error, b""
        if self._is_ended:
            return 0, b""
        return -errno.EAGAIN if self._state != "new" else -errno.ENOTCONN, b""

    # Up.

    def _pass_up(self) -> None:
        if self._is_lost:
            self._held_up.clear()
            return
        if not self._held_up or not self._link.carries("up") or self.real is None or self._moving is not None:
            return
        transit_us = self._link.transit_us(min(len(self._held_up), SEGMENT))
        if transit_us:
            self._moving = self._clock.after(transit_us, self._segment_up)
        else:
            self._send_up(len(self._held_up))

    def _segment_up(self) -> None:
        self._moving = None
        if self._link.carries("up") and self.real is not None:
            self._send_up(SEGMENT)
            self._pass_up()

    def _send_up(self, size: int) -> None:
        data = bytes(self._held_up[:size])
        del self._held_up[:size]
        cut = self._link.take_cut("up", len(data))
        self._transmit(data if cut is None else data[:cut])
        if cut is not None:
            self._break_after_sending()
        elif not self._tls.is_alert_only and not self._held_up:
            self._expect()

    def _transmit(self, data: bytes) -> None:
        assert self.real is not None
        self._link.bytes_up += len(data)
        try:
            self.real.settimeout(self._link.patience_s)
            self.real.sendall(data)
        except OSError:
            self._clock.after(self._link.latency_ms * 1000, lambda: self.fail(errno.ECONNRESET))

    def _break_after_sending(self) -> None:
        # The host reads what passed and an end; what it says to that is lost.
        assert self.real is not None
        real, self.real = self.real, None
        try:
            real.shutdown(socket.SHUT_WR)
            while select.select([real], [], [], self._link.patience_s)[0] and real.recv(65536):
                pass
        except OSError:
            pass
        real.close()
        self._cancel()
        self._clock.after(self._link.latency_ms * 1000, lambda: self.fail(errno.ECONNRESET))

    def _expect(self) -> None:
        """Something is due from the host a round trip from now."""
        at_us = max(self._sent_at_us, self._clock.now_us) + self._link.latency_ms * 1000
        count, self._requests = self._tls.requests - self._requests, self._tls.requests
        if not self._link.expects_tickets:
            self._answers_us += [at_us] * count
        if self._answers_us and self._due is not None:
            return
        if self._due is not None:
            self._due.cancel()
        self._due = self._clock.at(at_us, self._await_answer)

    # Down.

    def _await_answer(self) -> None:
        self._due = None
        if self.real is None:
            return
        count = sum(at_us <= self._clock.now_us for at_us in self._answers_us)
        del self._answers_us[:count]
        patience_s = _TICKET_S if self._is_doubtful else self._link.patience_s
        self._is_doubtful = False
        if self._early or select.select([self.real], [], [], patience_s)[0]:
            self.collect(0, count)
            if self._link.expects_tickets and self._tls.take_ticket_doubt() and self.real is not None:
                self._is_doubtful = True
                self._expect()
        else:
            self._link.silences += 1
            self.is_owed = True
        if self._answers_us and self._due is None:
            self._due = self._clock.at(self._answers_us[0], self._await_answer)

    def _take_in(self, count: int) -> tuple[bytearray, bool]:
        """(bytes, is it the end?) of `count` answers; of the last ones due, whatever else there is."""
        data, self._early = self._early, bytearray()
        wait_s = 0.0
        while True:
            end = end_of_records(data, count) if count else len(data)
            if end is not None and self._answers_us:
                data, self._early = data[:end], data[end:]
                return data, False
            if count:
                wait_s = _GRACE_S if end is not None and self._tls.is_answer_whole else self._link.patience_s
            assert self.real is not None
            if not select.select([self.real], [], [], wait_s)[0]:
                return data, False
            try:
                part = self.real.recv(65536)
            except OSError:
                part = b""
            if not part:
                return data, True
            data += part
            self._tls.received(part)
            wait_s = _GRACE_S if self._tls.is_answer_whole else self._link.patience_s

    def collect(self, delay_us: int, count: int = 0) -> None:
        """Take what the host has sent, up to the end of a TLS record, and deliver it after `delay_us`."""
        assert self.real is not None
        self.is_owed = False
        data, is_ended = self._take_in(count)
        # Deliveries keep their order whatever the delays.
        begin_us = max(self._last_delivery_us, self._clock.now_us + delay_us)
        self._last_delivery_us = begin_us + self._link.transit_us(len(data))
        if data:
            self._clock.at(self._last_delivery_us, lambda: self._deliver(bytes(data)))
        if is_ended:
            self.real.close()
            self.real = None
            self._clock.at(self._last_delivery_us, self._end)

    def _end(self) -> None:
        self._is_end_held = not self._link.carries("down")
        self._is_ended = not self._is_end_held

    def _deliver(self, data: bytes) -> None:
        if self._error or self._is_lost:
            return
        self._held_down.append(data)
        if self._link.carries("down"):
            self._pass_down()

    def _pass_down(self) -> None:
        data = b"".join(self._held_down)
        self._held_down.clear()
        cut = self._link.take_cut("down", len(data))
        passed = data if cut is None else data[:cut]
        self._received += passed
        self._link.bytes_down += len(passed)
        if cut is not None:
            self.fail(errno.ECONNRESET)

    def release_held(self) -> None:
        """The network is back: what was held moves on."""
        self._pass_up()
        if self._held_down and self._link.carries("down"):
            self._pass_down()
        if self._is_end_held:
            self._end()
