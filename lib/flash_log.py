# SPDX-License-Identifier: MIT
"""An append-only log of 64-byte records in a ring of raw flash sectors. Power may fail in any program or erase.

Owns one partition (readblocks, writeblocks, ioctl as of esp32.Partition). Sectors fill in ring order; the newest is the
head. Invariant: the sector after the head is no part of the log, whatever it holds, so it can be erased at any time and
a torn erase means nothing. Before the head moves on, the live records of the sector which that puts out of the log are
copied into the new head; the last copy, or the first record where there was nothing to copy, makes the move valid.

Slot: sequence number (30 bits, little endian) with the lap of the sector (2 bits, how often the ring went round), kind
(8), length (6) with flags (2), payload padded with FF, CRC-32. A copy keeps its sequence number, so the log stays in
order of appending. 2^30 numbers outlast the flash, and are small integers on a 32-bit chip.
"""

import binascii
import struct
from array import array

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esp32 import Partition

MAX_PAYLOAD = 54  # bytes

_SLOT = const(64)  # bytes
_CHUNK = const(256)  # bytes read at once
_CRC_AT = const(60)
_RESIDUE = const(0x2144DF1C)  # CRC-32 over data and its own CRC-32
_COPY = const(0x80)
_LAST_COPY = const(0x40)
_LENGTH = const(0x3F)
_BLANK = const(-1)  # all FF: never programmed
_TORN = const(-2)
_NO_LAP = const(0xFF)
_EIO = const(5)
_ENOSPC = const(28)
_ALL_FF = b"\xff" * 64
_TRIES = const(3)


class LogFull(OSError):
    """Every record in the ring is live. Nothing was changed."""


class FlashLog:
    """`is_live(pos, kind, payload)` says whether the ring must keep a record; once dead, dead for ever.

    `moved(old, new)` is told where the copy of a record is once the copy counts. Positions are slot numbers, valid
    until moved. Call `mount()` first, and replay `records()` before anything that may ask `is_live`. After an OSError
    (LogFull included) all that was appended is still there. `programs` and `erases` count since start.
    """

    def __init__(
        self,
        part: Partition,
        is_live: Callable[[int, int, bytes], bool] | None = None,
        moved: Callable[[int, int], None] | None = None,
    ) -> None:
        self._part = part
        self._is_live = is_live
        self._moved = moved
        self._sectors = part.ioctl(4, 0) or 0
        self._slots = (part.ioctl(5, 0) or 0) // _SLOT  # in a sector
        if self._sectors < 3 or self._slots % 4:
            raise ValueError("at least 3 sectors of whole 256-byte chunks")
        self._buffer = bytearray(_CHUNK)
        view = memoryview(self._buffer)
        self._views = [view[at : at + _SLOT] for at in range(0, _CHUNK, _SLOT)]
        self._held = -1  # chunk in the buffer
        self._out = bytearray(_SLOT)
        self._body = memoryview(self._out)[:_CRC_AT]
        self.programs = self.erases = 0
        self._forget()

    def _forget(self) -> None:
        """An empty log: as if the last sector were the head, and full."""
        self._held = -1
        self._head = self._sectors - 1
        self._slot = self._slots  # next free one in the head
        self._lap = 3
        self._is_valid = True  # the move into the head
        self._is_clean = False  # the sector after the head is known to be blank
        self._in_use = 0  # sectors, the head included
        self._next = 0  # sequence number

    # What is in a slot

    def _view(self, pos: int) -> memoryview:
        """The slot's 64 bytes, until the next read."""
        chunk = pos >> 2
        if chunk != self._held:
            self._held = -1
            self._part.readblocks(pos // self._slots, self._buffer, pos % self._slots // 4 * _CHUNK)
            self._held = chunk
        return self._views[pos & 3]

    def _check(self, pos: int) -> int:
        """Length and flags of a valid record, or _BLANK, or _TORN."""
        view = self._view(pos)
        if view == _ALL_FF:
            return _BLANK
        if binascii.crc32(view) != _RESIDUE:
            return _TORN
        return view[5]

    def _sequence(self, pos: int) -> int:
        view = self._view(pos)
        return view[0] | view[1] << 8 | view[2] << 16 | (view[3] & 0x3F) << 24

    def _payload(self, pos: int) -> bytes:
        view = self._view(pos)
        return bytes(view[6 : 6 + (view[5] & _LENGTH)])

    def _must_keep(self, pos: int) -> bool:
        if self._check(pos) < 0:
            return False
        return self._is_live is not None and self._is_live(pos, self._view(pos)[4], self._payload(pos))

    def _range(self, sector: int) -> range:
        return range(sector * self._slots, (sector + 1) * self._slots)

    # Mounting

    def mount(self, progress: Callable[[int], None] | None = None) -> None:
        """Find the head. `progress` is told percents. OSError: the flash holds what no power cut can leave behind."""
        self._forget()
        laps = bytearray(self._sectors)
        for sector in range(self._sectors):
            laps[sector] = self._survey(sector)
            if progress:
                progress((sector + 1) * 100 // self._sectors)
        heads = [sector for sector in range(self._sectors) if self._is_head(laps, sector)]
        if len(heads) == 1:
            self._head = heads[0]
            self._lap = laps[self._head]
            self._in_use = sum([lap != _NO_LAP for lap in laps]) - (laps[self._after(1)] != _NO_LAP)
            self._slot = 0
            while self._slot < self._slots and self._check(self._head * self._slots + self._slot) != _BLANK:
                self._slot += 1
            self._next = self._newest() + 1
        elif sum(laps) != _NO_LAP * self._sectors:
            raise OSError(_EIO)

    def _survey(self, sector: int) -> int:
        """The lap of a sector whose move was completed, else _NO_LAP."""
        for pos in self._range(sector):
            state = self._check(pos)
            if state == _BLANK:
                break
            if state >= 0 and state & (_COPY | _LAST_COPY) != _COPY:
                return self._view(pos)[3] >> 6
        return _NO_LAP

    def _is_head(self, laps: bytearray, sector: int) -> bool:
        """Neither of the next two sectors continues this one; two, so that a sector lost to wear hides nothing."""
        lap = laps[sector]
        if lap == _NO_LAP:
            return False
        for _ in range(2):
            sector += 1
            if sector == self._sectors:
                sector = 0
                lap = (lap + 1) & 3
            if laps[sector] == lap:
                return False
        return True

    def _newest(self) -> int:
        """The highest sequence number: that of the last record which is not a copy, where there is one."""
        newest = -1
        for back in range(self._in_use):
            is_found = False
            for pos in self._range((self._head - back) % self._sectors):
                state = self._check(pos)
                if state >= 0:
                    newest = max(newest, self._sequence(pos))
                    is_found = is_found or not state & _COPY
            if is_found:
                break
        return newest

    # Reading

    def read(self, pos: int) -> tuple[int, bytes]:
        """(kind, payload) at a position; OSError if there is no valid record."""
        if self._check(pos) < 0:
            raise OSError(_EIO)
        return self._view(pos)[4], self._payload(pos)

    def records(self) -> Iterator[tuple[int, int, bytes]]:
        """(pos, kind, payload) of all records, oldest first, each once. Append nothing meanwhile."""
        for pos in self._copies():
            yield pos, self._view(pos)[4], self._payload(pos)
        newest = -1
        for sector in self._log_sectors():
            for pos in self._range(sector):
                state = self._check(pos)
                if state == _BLANK:
                    break
                if state >= 0 and not state & _COPY and self._sequence(pos) > newest:
                    newest = self._sequence(pos)  # a slot that did not read back well has the number of its successor
                    yield pos, self._view(pos)[4], self._payload(pos)

    def _after(self, steps: int) -> int:
        return (self._head + steps) % self._sectors

    def _log_sectors(self) -> Iterator[int]:
        for steps in range(2, self._sectors + 1):
            yield self._after(steps)

    def _copies(self) -> array[int]:
        """Positions of the copies by sequence number. All are older than any record that is not a copy."""
        found = array("H")
        keys = array("I")
        for sector in self._log_sectors():
            for pos in self._range(sector):
                state = self._check(pos)
                if state == _BLANK or state >= 0 and not state & _COPY:
                    break  # copies come first in a sector
                if state >= 0:
                    self._insert(found, keys, pos)
        return found

    def _insert(self, found: array[int], keys: array[int], pos: int) -> None:
        key = self._sequence(pos)
        i = len(keys)
        found.append(pos)
        keys.append(key)
        while i and keys[i - 1] > key:  # rarely: each sector's copies are in order
            keys[i] = keys[i - 1]
            found[i] = found[i - 1]
            i -= 1
        keys[i] = key
        found[i] = pos

    @property
    def capacity(self) -> int:
        """Slots of the log. An append succeeds while fewer than these are live."""
        return (self._sectors - 1) * self._slots

    @property
    def used(self) -> int:
        """Slots in use, by dead records too."""
        return max(self._in_use - 1, 0) * self._slots + self._slot if self._in_use else 0

    @property
    def cycles(self) -> int:
        """Estimate of the erase cycles that each sector has seen since `erase_all`."""
        return self._next // (self._sectors * self._slots)

    # Writing

    def append(self, kind: int, payload: bytes) -> int:
        """Make a record durable: one program operation, read back. Its position.

        LogFull: every record is live. Other OSErrors: the flash does not take it.
        """
        if len(payload) > MAX_PAYLOAD:
            raise ValueError("payload too long")
        sequence = self._next
        for _ in range(_TRIES):
            pos = self._free_slot()
            self._next = sequence + 1  # used up, whatever comes of it
            self._compose(sequence, self._lap, kind, len(payload), payload)
            if self._program(pos):
                self._slot += 1
                self._is_valid = True
                return pos
        raise OSError(_EIO)

    def _free_slot(self) -> int:
        while True:
            while self._slot < self._slots:
                pos = self._head * self._slots + self._slot
                if self._check(pos) == _BLANK:
                    return pos
                self._slot += 1
            self._advance()

    def _compose(self, sequence: int, lap: int, kind: int, state: int, payload: bytes | memoryview) -> None:
        out = self._out
        out[:] = _ALL_FF
        out[0] = sequence & 0xFF
        out[1] = sequence >> 8 & 0xFF
        out[2] = sequence >> 16 & 0xFF
        out[3] = sequence >> 24 | lap << 6
        out[4] = kind
        out[5] = state
        out[6 : 6 + len(payload)] = payload
        struct.pack_into("<I", out, _CRC_AT, binascii.crc32(self._body))

    def _program(self, pos: int) -> bool:
        """Write the composed slot. What counts is whether it reads back."""
        self._held = -1
        self.programs += 1
        try:
            self._part.writeblocks(pos // self._slots, self._out, pos % self._slots * _SLOT)
        except OSError:
            pass
        if self._view(pos) == self._out:
            return True
        self._held = -1  # or what was misread would be taken for the neighbours
        return False

    def _erase(self, sector: int) -> None:
        self._held = -1
        self.erases += 1
        if self._part.ioctl(6, sector):
            raise OSError(_EIO)

    def _clean(self) -> None:
        """Make the sector after the head blank. What it holds is no part of the log once the move is valid."""
        if not self._is_valid:
            raise OSError(_EIO)  # a whole sector took not one record
        if not self._is_clean:
            for pos in self._range(self._after(1)):
                if self._check(pos) != _BLANK:
                    self._erase(self._after(1))
                    break
        self._is_clean = True

    def _advance(self) -> None:
        """Move the head on until there is room: one sector, more where sectors hold nothing but live records."""
        for turns in range(1, self._sectors):
            if any(not self._must_keep(pos) for pos in self._range(self._after(turns + 1))):
                for _ in range(turns):
                    self._move()
                return
        raise LogFull(_ENOSPC)

    def _move(self) -> None:
        target = self._after(1)
        live = [pos for pos in self._range(self._after(2)) if self._must_keep(pos)]
        lap = (self._lap + (target == 0)) & 3
        for _ in range(2):
            self._clean()
            if self._copy(live, target * self._slots, lap):
                break
            self._spoil(target * self._slots + len(live) - 1)
        else:
            raise OSError(_EIO)
        self._head = target
        self._slot = len(live)
        self._lap = lap
        self._is_valid = len(live) > 0
        self._is_clean = False
        self._in_use = min(self._in_use + 1, self._sectors - 1)
        if self._moved:
            for i in range(len(live)):
                self._moved(live[i], target * self._slots + i)

    def _copy(self, live: list[int], to: int, lap: int) -> bool:
        for i in range(len(live)):
            pos = live[i]
            last = _LAST_COPY if i == len(live) - 1 else 0
            payload = self._payload(pos)
            self._compose(self._sequence(pos), lap, self._view(pos)[4], len(payload) | _COPY | last, payload)
            if not self._program(to + i):
                return False
        return True

    def _spoil(self, pos: int) -> None:
        """Before an erase: a last copy may be valid though it did not read back, and an erase torn behind it would
        leave a move that is not complete but looks so."""
        self._is_clean = False
        self._out[:] = bytes(_SLOT)
        self._program(pos)

    def prepare(self) -> bool:
        """In idle time: one step ahead, so that the next appends neither copy nor erase. False: nothing to do.

        Errors as of append.
        """
        if self._slot == self._slots:
            self._advance()
            return True
        if self._is_valid and not self._is_clean:
            count = self.erases
            self._clean()
            return self.erases > count
        return False

    def erase_all(self) -> None:
        """For provisioning: an empty log, numbered from 0. Not atomic: repeat it after a power cut."""
        for sector in range(self._sectors):
            self._erase(sector)
        self._forget()
