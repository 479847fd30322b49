# SPDX-License-Identifier: MIT
"""Watches the chip's side of a TLS connection go by: how long its CPU was lost to it, how many requests it has sent.

Measured on the chip with EC P-256 and a client certificate: 0.3 s around the ClientHello, 0.8 s before the second
flight, in which no Python runs.  Only record headers are read; the contents are end to end.
"""

from __future__ import annotations

HELLO_US = 300_000
SECOND_FLIGHT_US = 800_000
_CHANGE_CIPHER, _ALERT, _HANDSHAKE, _APPLICATION = 20, 21, 22, 23
_RECORD_TYPES = (_CHANGE_CIPHER, _ALERT, _HANDSHAKE, _APPLICATION)
_HEADER = 5
_FINISHED_13 = (53, 64, 69, 80)  # bytes of the record, with SHA-256 or SHA-384, as it is or padded to 16


def end_of_records(data: bytes | bytearray, count: int) -> int | None:
    """Where so many records of application data end; None if they are not all there."""
    at = 0
    while count and at + _HEADER <= len(data):
        count -= data[at] == _APPLICATION
        at += _HEADER + int.from_bytes(data[at + 3 : at + _HEADER], "big")
    return at if not count and at <= len(data) else None


class RecordReader:
    """Cuts one direction of a TLS stream into records."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self.is_tls = True

    @property
    def is_between_records(self) -> bool:
        return not self._pending

    def feed(self, data: bytes) -> list[tuple[int, int, int]]:
        """(record type, first byte of its body, bytes of it) of each record that `data` completes."""
        if not self.is_tls:
            return []
        self._pending += data
        records = []
        while self._pending:
            if self._pending[0] not in _RECORD_TYPES or bytes(self._pending[1:2]) not in (b"", b"\x03"):
                self.is_tls = False
                self._pending.clear()
                break
            size = int.from_bytes(self._pending[3:_HEADER], "big")
            if len(self._pending) < _HEADER + max(size, 1):
                break
            records.append((self._pending[0], self._pending[_HEADER], size))
            del self._pending[: _HEADER + size]
        return records


class TlsWatch:
    """One connection's handshake."""

    def __init__(self) -> None:
        self._up = RecordReader()
        self._down = RecordReader()
        self._has_hello = False
        self._has_server_flight = False
        self._has_second_flight = False
        self._has_ticket_doubt = False
        self._has_changed_cipher = False
        self._is_finished = False
        self.is_alert_only = False
        self.requests = 0
        """Records of application data that the chip has sent."""

    def sent(self, data: bytes) -> int:
        """Bytes from the chip; returns what producing them cost its CPU, us."""
        cost_us = 0
        records = self._up.feed(data)
        self.is_alert_only = bool(records) and all(kind == _ALERT for kind, _, _ in records)
        for kind, first, size in records:
            self._count(kind, size)
            if kind == _HANDSHAKE and first == 1 and not self._has_hello:
                self._has_hello = True
                cost_us += HELLO_US
            elif self._has_server_flight and not self._has_second_flight and kind != _ALERT and first != 1:
                self._has_second_flight = True
                self._has_ticket_doubt = any(kind == _APPLICATION for kind, _, _ in records)
                cost_us += SECOND_FLIGHT_US
        return cost_us

    def _count(self, kind: int, size: int) -> None:
        """A request, unless the handshake's last word is still to come, which 1.3 sends as application data."""
        if self._is_finished:
            self.requests += kind == _APPLICATION
        elif kind == _CHANGE_CIPHER:
            self._has_changed_cipher = True
        elif kind == _HANDSHAKE and self._has_changed_cipher or kind == _APPLICATION and size in _FINISHED_13:
            self._is_finished = True

    def received(self, data: bytes) -> None:
        """Bytes on their way to the chip."""
        self._down.feed(data)
        self._has_server_flight = self._has_hello

    def take_ticket_doubt(self) -> bool:
        """True once, at the first thing that comes down after a TLS 1.3 handshake."""
        doubt, self._has_ticket_doubt = self._has_ticket_doubt, False
        return doubt

    @property
    def is_answer_whole(self) -> bool:
        """What has come down so far ends at a record's end."""
        return not self._down.is_tls or self._down.is_between_records
