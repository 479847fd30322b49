# SPDX-License-Identifier: MIT
"""Owns the 4 MB NOR flash: a file that obeys the chip's rules, counts wear, and loses power when told to.

Programming only clears bits and erasing sets a whole sector to FF.  A program that asks for a bit to be set is an
error of the firmware, and is reported.  Every program or erase is one operation for `cut_at`.
"""

from __future__ import annotations

import mmap
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SIZE = 4 << 20
SECTOR = 4096
PAGE = 256
_READ_BYTES_US = 8
_PAGE_US = 1000
_SLICE_US = 400  # programming 64 bytes or less
_ERASE_US = 40_000
MODES = ("before", "torn", "after")


class PowerCut(Exception):
    """Raised inside the operation at which the power goes."""


class FlashRuleError(Exception):
    """The firmware asked for what NOR flash cannot do."""


class BadRead(NamedTuple):
    """A range of the chip that reads badly: `flips` bits wrong, or not at all (None); `times` (None: for ever)."""

    start: int
    end: int
    flips: int | None
    times: int | None


class Flash:
    """The chip; `on_power_cut` is not called from here: PowerCut travels to whoever runs the board.

    `programs` and `erases` count operations, `sector_programs` those that touched a sector; `busy_us` is what all of
    them have cost.  Reads cost nothing unless `read_us` is set: what the driver takes for one, about 30 on the chip.
    """

    def __init__(self, path: Path, seed: int = 0) -> None:
        self.path = path
        if path.stat().st_size != SIZE:
            raise ValueError(f"{path} is not {SIZE} bytes long")
        self._file = os.open(path, os.O_RDWR)
        self._map = mmap.mmap(self._file, SIZE)
        self._random = random.Random(seed)
        self.programs = 0
        self.erases: Counter[int] = Counter()
        self.sector_programs: Counter[int] = Counter()
        self.bytes_programmed = 0
        self.busy_us = 0
        self.read_us = 0
        self._bad_reads: list[BadRead] = []
        self.is_strict = True
        self._cut: tuple[int, str] | None = None
        self.on_operation: Callable[[str, int, int], None] | None = None

    @property
    def operations(self) -> int:
        """Programs and sector erases so far."""
        return self.programs + self.erases.total()

    @property
    def fd(self) -> int:
        return self._file

    def close(self) -> None:
        self._map.close()
        os.close(self._file)

    def cut_at(self, count: int, mode: str = "torn") -> None:
        """Cut the power at the `count`-th operation from now (1 = the next one)."""
        if mode not in MODES or count < 1:
            raise ValueError(f"cut_at({count}, {mode!r})")
        self._cut = (self.operations + count, mode)

    def cancel_cut(self) -> None:
        self._cut = None

    @property
    def is_cut_pending(self) -> bool:
        return self._cut is not None

    def read(self, start: int, size: int) -> bytes:
        """What the cells hold, whatever the chip would read."""
        return self._map[start : start + size]

    def read_cost_us(self, size: int) -> int:
        return self.read_us + size // _READ_BYTES_US if self.read_us else 0

    # Bad reads.

    def read_badly(self, start: int, size: int, flips: int | None = 1, times: int | None = 1) -> None:
        """From now on reads that touch the range have `flips` wrong bits in it, or fail altogether (None)."""
        self._bad_reads.append(BadRead(start, start + size, flips, times))

    def read_well(self) -> None:
        self._bad_reads.clear()

    @property
    def watches_reads(self) -> bool:
        """The chip must ask for what it reads."""
        return bool(self._bad_reads or self.read_us)

    def read_bad(self, start: int, size: int) -> bytes | None:
        """A read by the chip, which may have a bad one in store; None when it fails."""
        data = bytearray(self._map[start : start + size])
        hit = [bad for bad in self._bad_reads if bad.start < start + size and start < bad.end]
        for bad in hit:
            low, high = max(bad.start, start) - start, min(bad.end, start + size) - start
            for bit in self._random.sample(range(8 * low, 8 * high), min(bad.flips or 0, 8 * (high - low))):
                data[bit >> 3] ^= 1 << (bit & 7)
        self._bad_reads = [
            bad._replace(times=bad.times - 1) if bad in hit and bad.times is not None else bad
            for bad in self._bad_reads
            if bad not in hit or bad.times is None or bad.times > 1
        ]
        return None if any(bad.flips is None for bad in hit) else bytes(data)

    # Writing.

    def program(self, start: int, data: bytes) -> int:
        """Clear bits; returns what it costs, us.  Raises FlashRuleError when a bit would have to be set."""
        old = self._map[start : start + len(data)]
        if len(old) != len(data):
            raise FlashRuleError(f"program of {len(data)} bytes at 0x{start:x} passes the end of the flash")
        new = (int.from_bytes(old, "little") & int.from_bytes(data, "little")).to_bytes(len(data), "little")
        self.programs += 1
        self.sector_programs.update(range(start // SECTOR, (start + len(data) - 1) // SECTOR + 1))
        self.bytes_programmed += len(data)
        self.busy_us += self._cost_us(len(data))
        if self.on_operation is not None:
            self.on_operation("program", start, len(data))
        mode = self._cut_mode()
        if mode != "before":
            self._store(start, self._torn_program(old, new) if mode == "torn" else new)
        if mode is not None:
            raise PowerCut
        if new != data and self.is_strict:
            at = next((i for i in range(len(data)) if new[i] != data[i] != 0xFF), None)
            if at is None:  # a byte of FF leaves what is there alone
                return self._cost_us(len(data))
            raise FlashRuleError(f"program of {len(data)} bytes at 0x{start:x} sets bits at 0x{start + at:x}")
        return self._cost_us(len(data))

    @staticmethod
    def _cost_us(size: int) -> int:
        return -(-size // PAGE) * _PAGE_US if size > 64 else _SLICE_US

    def erase(self, start: int, size: int) -> int:
        """Erase whole sectors; returns what it costs, us."""
        if start % SECTOR or size % SECTOR or start + size > SIZE:
            raise FlashRuleError(f"erase of {size} bytes at 0x{start:x} is not of whole sectors")
        for sector in range(start, start + size, SECTOR):
            self.erases[sector // SECTOR] += 1
            self.busy_us += _ERASE_US
            if self.on_operation is not None:
                self.on_operation("erase", sector, SECTOR)
            mode = self._cut_mode()
            if mode != "before":
                erased = b"\xff" * SECTOR
                self._store(sector, self._torn_erase(self._map[sector : sector + SECTOR]) if mode == "torn" else erased)
            if mode is not None:
                raise PowerCut
        return size // SECTOR * _ERASE_US

    def _store(self, start: int, data: bytes) -> None:
        self._map[start : start + len(data)] = data

    def _cut_mode(self) -> str | None:
        if self._cut is None or self.operations < self._cut[0]:
            return None
        mode = self._cut[1]
        self._cut = None
        return mode

    def _torn_program(self, old: bytes, new: bytes) -> bytes:
        # A prefix is done, one byte has some of its bits, the rest is as before.
        done = self._random.randrange(len(new))
        partial = new[done] | old[done] & self._random.randrange(256)
        return new[:done] + bytes((partial,)) + old[done + 1 :]

    def _torn_erase(self, old: bytes) -> bytes:
        # Cells on their way to FF: runs of erased, of old and of undecided bytes.
        torn = bytearray()
        while len(torn) < SECTOR:
            run = self._random.randrange(1, 512)
            kind = self._random.randrange(3)
            part = old[len(torn) : len(torn) + run]
            if kind == 0:
                part = b"\xff" * len(part)
            elif kind == 1:
                part = bytes(byte | self._random.randrange(256) for byte in part)
            torn += part
        return bytes(torn)
