# SPDX-License-Identifier: MIT
"""One download into the flash: BEGIN says where and how much, DATA brings it, plain or deflated, END ends it.

The ROM erases everything at the beginning, the stub ahead of what it writes; `_erased_to` is the border.
"""

import zlib
from typing import Final

from tools.emulator.flash import SECTOR
from tools.emulator.loader.request import RefusedError, Status
from tools.emulator.loader.spi_chip import SpiChip

_BLOCK: Final = 64 << 10


class Session:
    def __init__(self, chip: SpiChip, start: int, size: int, is_deflated: bool) -> None:
        self._chip = chip
        self._at = start
        self.left = size
        self._erased_to = start - start % SECTOR
        self._end = -(-(start + size) // SECTOR) * SECTOR
        self._inflater = zlib.decompressobj() if is_deflated else None

    @property
    def is_deflated(self) -> bool:
        return self._inflater is not None

    def erase_all(self) -> int:
        """What it costs, us."""
        start, self._erased_to = self._erased_to, self._end
        return self._chip.erase(start, self._end)

    def write(self, block: bytes) -> int:
        """What it costs, us; what goes beyond the announced size is the padding of the last block."""
        if self._inflater is not None:
            try:
                block = self._inflater.decompress(block)
            except zlib.error:
                raise RefusedError(Status.STUB_INFLATE) from None
        data = block[: self.left]
        cost_us = self._erase_ahead(self._at + len(data)) + self._chip.program(self._at, data)
        self._at += len(data)
        self.left -= len(data)
        return cost_us

    def _erase_ahead(self, end: int) -> int:
        cost_us = 0
        while self._erased_to < end:
            is_block = self._erased_to % _BLOCK == 0 and self._erased_to + _BLOCK <= self._end
            step = self._erased_to + (_BLOCK if is_block else SECTOR)
            cost_us += self._chip.erase(self._erased_to, step)
            self._erased_to = step
        return cost_us
