# SPDX-License-Identifier: MIT
"""One 4 KiB page of ESP-IDF's non-volatile storage, version 2: header, entry states, 126 entries of 32 bytes.

Layout from the "Internals" section of ESP-IDF's NVS documentation.  Writes go in its order (entry, then its state), so
that a power cut leaves what it would leave on the chip.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

PAGE = 4096
ENTRIES = 126
ENTRY = 32
CHUNK_MAX = ENTRY * (ENTRIES - 1)
UNINITIALISED, ACTIVE, FULL, FREEING, CORRUPT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFC, 0xFFFFFFF8, 0xFFFFFFF0
U8, I32, STRING, BLOB_DATA, BLOB_INDEX = 0x01, 0x14, 0x21, 0x42, 0x48
_EMPTY, _WRITTEN, _ERASED = 3, 2, 0
_HEADER = struct.Struct("<IIB19sI")
_VERSION = 0xFE
_ITEM = struct.Struct("<BBBBI16s8s")
ANY_CHUNK = 0xFF


class Storage(Protocol):
    """The flash, as far as NVS needs it."""

    def read(self, start: int, size: int) -> bytes: ...

    def program(self, start: int, data: bytes) -> int: ...

    def erase(self, start: int, size: int) -> int: ...


def crc32(data: bytes) -> int:
    """ESP-IDF's CRC: started from all ones and not inverted again."""
    return zlib.crc32(data, 0xFFFFFFFF)


@dataclass(frozen=True)
class Item:
    """A key with its value, or a part of it; `data` is what follows the header entry, `value` its last 8 bytes."""

    namespace: int
    type: int
    chunk: int
    key: str
    value: bytes
    data: bytes = b""

    @property
    def span(self) -> int:
        return 1 + -(-len(self.data) // ENTRY)

    def header(self) -> bytes:
        key = self.key.encode().ljust(16, b"\0")
        start = bytes((self.namespace, self.type, self.span, self.chunk))
        return start + crc32(start + key + self.value).to_bytes(4, "little") + key + self.value

    def is_same(self, other: Item) -> bool:
        """Names the same thing."""
        return (self.namespace, self.type, self.chunk, self.key) == (
            other.namespace,
            other.type,
            other.chunk,
            other.key,
        )


def variable(data: bytes) -> bytes:
    """The value field of an item that data follows."""
    return struct.pack("<HHI", len(data), 0xFFFF, crc32(data))


class Page:
    """One sector; `next_free` is its first unused entry."""

    def __init__(self, storage: Storage, start: int) -> None:
        self._storage = storage
        self.start = start
        self.cost_us = 0
        self.load()

    def load(self) -> None:
        """Read the page as the chip does at start, and drop what a power cut left half written."""
        state, self.sequence, version, unused, crc = _HEADER.unpack(self._storage.read(self.start, ENTRY))
        self.state = state
        self.next_free = 0
        self.erased_count = 0
        if state == UNINITIALISED:
            if self._storage.read(self.start, PAGE) != b"\xff" * PAGE:
                self.state = CORRUPT
            return
        head = self._storage.read(self.start + 4, 24)
        if state not in (ACTIVE, FULL, FREEING) or crc != crc32(head) or version != _VERSION:
            self.state = CORRUPT
            return
        self._scan()

    def _scan(self) -> None:
        states = [self._entry_state(index) for index in range(ENTRIES)]
        used = [index for index, state in enumerate(states) if state != _EMPTY]
        self.next_free = used[-1] + 1 if used else 0
        if self.state == ACTIVE:
            self._drop_unmarked()
        index = 0
        while index < self.next_free:
            if states[index] != _WRITTEN:
                index += 1
                continue
            item = self._parse(index)
            if item is None or any(state != _WRITTEN for state in states[index : index + item.span]):
                span = 1 if item is None else item.span
                self._mark(index, min(span, ENTRIES - index), _ERASED)
                self.next_free = max(self.next_free, min(index + span, ENTRIES))
                index += span
            else:
                index += item.span
        self.erased_count = sum(self._entry_state(i) == _ERASED for i in range(self.next_free))

    def _drop_unmarked(self) -> None:
        # An entry was written and the power went before its state: skip over it.
        while self.next_free < ENTRIES and self._storage.read(self._place(self.next_free), ENTRY) != b"\xff" * ENTRY:
            self._mark(self.next_free, 1, _ERASED)
            self.next_free += 1

    def _place(self, index: int) -> int:
        return self.start + 64 + index * ENTRY

    def _entry_state(self, index: int) -> int:
        byte = self._storage.read(self.start + 32 + index // 4, 1)[0]
        return byte >> index % 4 * 2 & 3

    def _mark(self, index: int, count: int, state: int) -> None:
        # Programmed in 32-bit words, as alterEntryRangeState does.
        last = index + count
        while index < last:
            word = index // 16
            end = min(last, (word + 1) * 16)
            place = self.start + 32 + word * 4
            bits = int.from_bytes(self._storage.read(place, 4), "little")
            for entry in range(index, end):
                shift = entry % 16 * 2
                bits &= ~(3 << shift) | state << shift
            self.cost_us += self._storage.program(place, bits.to_bytes(4, "little"))
            index = end

    def _parse(self, index: int) -> Item | None:
        raw = self._storage.read(self._place(index), ENTRY)
        namespace, kind, span, chunk, crc, key, value = _ITEM.unpack(raw)
        if crc != crc32(raw[:4] + raw[8:]) or not 1 <= span <= ENTRIES - index:
            return None
        data = b""
        if span > 1 or kind in (STRING, BLOB_DATA):
            size = struct.unpack("<H", value[:2])[0]
            if -(-size // ENTRY) + 1 != span:
                return None
            data = self._storage.read(self._place(index + 1), size)
            if crc32(data) != struct.unpack("<I", value[4:])[0]:
                return None
        return Item(namespace, kind, chunk, key.split(b"\0")[0].decode("ascii", "replace"), value, data)

    def items(self) -> Iterator[tuple[int, Item]]:
        """(index, item) of everything valid here, in the order of writing."""
        index = 0
        while index < self.next_free:
            item = self._parse(index) if self._entry_state(index) == _WRITTEN else None
            if item is not None:
                yield index, item
            index += 1 if item is None else item.span

    def activate(self, sequence: int) -> None:
        """Erase if needed and write the header."""
        if self._storage.read(self.start, PAGE) != b"\xff" * PAGE:
            self.cost_us += self._storage.erase(self.start, PAGE)
        body = struct.pack("<IB", sequence, _VERSION) + b"\xff" * 19
        header = struct.pack("<I", ACTIVE) + body + struct.pack("<I", crc32(body))
        self.cost_us += self._storage.program(self.start, header)
        self.state, self.sequence, self.next_free, self.erased_count = ACTIVE, sequence, 0, 0

    def set_state(self, state: int) -> None:
        self.cost_us += self._storage.program(self.start, struct.pack("<I", state))
        self.state = state

    def erase(self) -> None:
        self.cost_us += self._storage.erase(self.start, PAGE)
        self.state, self.next_free, self.erased_count = UNINITIALISED, 0, 0

    def has_room(self, span: int) -> bool:
        return self.state == ACTIVE and self.next_free + span <= ENTRIES

    def tail_room(self) -> int:
        """Bytes of data that fit after one more header entry."""
        if self.state != ACTIVE or self.next_free >= ENTRIES - 1:
            return 0
        return (ENTRIES - self.next_free - 1) * ENTRY

    def write(self, item: Item) -> None:
        index = self.next_free
        self.cost_us += self._storage.program(self._place(index), item.header())
        self._mark(index, 1, _WRITTEN)
        whole = len(item.data) // ENTRY * ENTRY
        if whole:
            self.cost_us += self._storage.program(self._place(index + 1), item.data[:whole])
            self._mark(index + 1, whole // ENTRY, _WRITTEN)
        if tail := item.data[whole:]:
            place = index + 1 + whole // ENTRY
            self.cost_us += self._storage.program(self._place(place), tail.ljust(ENTRY, b"\xff"))
            self._mark(place, 1, _WRITTEN)
        self.next_free = index + item.span

    def discard(self, index: int, span: int) -> None:
        self._mark(index, span, _ERASED)
        self.erased_count += span
