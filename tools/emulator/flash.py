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

SIZE = 4 << 20
SECTOR = 4096
_PAGE = 256
_PAGE_US = 1000
_SLICE_US = 400  # programming 64 bytes or less
_ERASE_US = 40_000
MODES = ("before", "torn", "after")


class PowerCut(Exception):
    """Raised inside the operation at which the power goes."""


class FlashRuleError(Exception):
    """The firmware asked for what NOR flash cannot do."""


class Flash:
    """The chip; `on_power_cut` is not called from here: PowerCut travels to whoever runs the board."""

    def __init__(self, path: Path, seed: int = 0) -> None:
        self.path = path
        if path.stat().st_size != SIZE:
            raise ValueError(f"{path} is not {SIZE} bytes long")
        self._file = os.open(path, os.O_RDWR)
        self._map = mmap.mmap(self._file, SIZE)
        self._random = random.Random(seed)
        self.programs = 0
        self.erases: Counter[int] = Counter()
        self.bytes_programmed = 0
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
        return self._map[start : start + size]

    def program(self, start: int, data: bytes) -> int:
        """Clear bits; returns what it costs, us.  Raises FlashRuleError when a bit would have to be set."""
        old = self._map[start : start + len(data)]
        if len(old) != len(data):
            raise FlashRuleError(f"program of {len(data)} bytes at 0x{start:x} passes the end of the flash")
        new = (int.from_bytes(old, "little") & int.from_bytes(data, "little")).to_bytes(len(data), "little")
        self.programs += 1
        self.bytes_programmed += len(data)
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
        return -(-size // _PAGE) * _PAGE_US if size > 64 else _SLICE_US

    def erase(self, start: int, size: int) -> int:
        """Erase whole sectors; returns what it costs, us."""
        if start % SECTOR or size % SECTOR or start + size > SIZE:
            raise FlashRuleError(f"erase of {size} bytes at 0x{start:x} is not of whole sectors")
        for sector in range(start, start + size, SECTOR):
            self.erases[sector // SECTOR] += 1
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
