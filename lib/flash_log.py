# SPDX-License-Identifier: MIT
"""An append-only log of 64-byte records in a ring of raw flash sectors. Power may fail in any program or erase.

Owns one partition (readblocks, writeblocks, ioctl as of esp32.Partition). Sectors fill in ring order; the newest is the
head. Invariant: the sector after the head is no part of the log, whatever it holds, so a torn erase means nothing.
"""

import binascii
import struct

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esp32 import Partition

# Before the head moves on, the live records of the sector which that puts out of the log are copied into the new head.
# The last copy, or the first record where there was nothing to copy, makes the move valid.
#
# Slot: sequence number (30 bits, little endian) with the lap of the sector (2 bits, how often the ring went round),
# kind (8), length (6) with flags (2), payload padded with FF, CRC-32. A copy keeps its sequence number, so the log
# stays in order of appending. 2^30 numbers outlast the flash, and are small integers on a 32-bit chip.

MAX_PAYLOAD = 54  # bytes

_SLOT = const(64)  # bytes
_CHUNK = const(256)  # bytes read at once
_CRC_AT = const(60)
_RESIDUE = const(0x2144DF1C)  # CRC-32 over data and its own CRC-32
_COPY = const(0x80)
_LENGTH = const(0x3F)
_BLANK = const(-1)  # all FF: never programmed
_TORN = const(-2)
_EIO = const(5)
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
        self.appended = 0  # records ever, the sequence number of the next one

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

    def _range(self, sector: int) -> range:
        return range(sector * self._slots, (sector + 1) * self._slots)

    def mount(self, progress: Callable[[int], None] | None = None) -> None:
        """Find the head. `progress` is told percents. OSError: the flash holds what no power cut can leave behind."""
        import flash_log_scan  # in functions: code that is used once a start or once a sector may be let go of again

        flash_log_scan.mount(self, progress)

    # Reading

    def records(self) -> Iterator[tuple[int, int, bytes]]:
        """(pos, kind, payload) of all records, oldest first, each once. Append nothing meanwhile."""
        import flash_log_scan

        return flash_log_scan.records(self)

    def read(self, pos: int) -> tuple[int, bytes]:
        """(kind, payload) at a position; OSError if there is no valid record."""
        if self._check(pos) < 0:
            raise OSError(_EIO)
        return self._view(pos)[4], self._payload(pos)

    def _after(self, steps: int) -> int:
        return (self._head + steps) % self._sectors

    @property
    def capacity(self) -> int:
        """Slots of the log. An append succeeds while fewer than these are live."""
        return (self._sectors - 1) * self._slots

    @property
    def used(self) -> int:
        """Slots in use, by dead records too: once round the ring it stays within a sector of the capacity. How full the
        log is, is how many records are live, which only their owner knows."""
        return max(self._in_use - 1, 0) * self._slots + self._slot if self._in_use else 0

    # Writing

    def append(self, kind: int, payload: bytes) -> int:
        """Make a record durable: one program operation, read back. Its position.

        LogFull: every record is live. Other OSErrors: the flash does not take it.
        """
        if len(payload) > MAX_PAYLOAD:
            raise ValueError("payload too long")
        sequence = self.appended
        for _ in range(_TRIES):
            pos = self._free_slot()
            self.appended = sequence + 1  # used up, whatever comes of it
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
            import flash_log_move

            flash_log_move.advance(self)

    def _compose(self, sequence: int, lap: int, kind: int, state: int, payload: bytes | memoryview) -> None:
        out = self._out
        out[:] = _ALL_FF
        struct.pack_into("<IBB", out, 0, sequence | lap << 30, kind, state)
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

    def prepare(self) -> bool:
        """In idle time: one step ahead, so that the next appends neither copy nor erase. False: nothing to do.

        Errors as of append.
        """
        if self._slot < self._slots and (self._is_clean or not self._is_valid):
            return False
        import flash_log_move

        return flash_log_move.prepare(self)

    def erase_all(self) -> None:
        """For provisioning: an empty log, numbered from 0. Not atomic: repeat it after a power cut."""
        import flash_log_move

        for sector in range(self._sectors):
            flash_log_move.erase(self, sector)
        self._forget()
