# SPDX-License-Identifier: MIT
"""The flash chip as the loaders reach it: a W25Q32JV behind SPI, its identity, erase by sector, block and chip, pages.

Every byte goes through `tools.emulator.flash.Flash` with its rules, counts and power cuts. Times are the typical ones
of Winbond's data sheet, but for the sector, which costs what the running firmware pays for it.
"""

import hashlib
from typing import Final

from tools.emulator.flash import SECTOR, SIZE, Flash, FlashRuleError

_PAGE: Final = 256
_BLOCK: Final = 64 << 10
_BLOCK_US: Final = 150_000
_CHIP_US: Final = 10_000_000
_MD5_US_PER_KB: Final = 90
_RDID: Final = 0x1640EF  # Winbond, 32 Mbit; the first byte on the wire is the lowest
_SFDP: Final = b"SFDP\x05\x01\x00\xff\x00\x05\x01\x10\x80\x00\x00\xff"
_READ_ID, _READ_SFDP = 0x9F, 0x5A
_NO_ANSWER: Final = 0


class SpiChip:
    def __init__(self, flash: Flash) -> None:
        self._flash = flash

    def command(self, opcode: int, address: int = 0) -> int:
        """A command sent by hand; up to four bytes of its answer."""
        if opcode == _READ_ID:
            return _RDID
        if opcode == _READ_SFDP:
            return int.from_bytes(_SFDP[address : address + 4].ljust(4, b"\xff"), "little")
        return _NO_ANSWER  # status registers: ready, nothing protected; resets, power down: obeyed in silence

    def read(self, start: int, size: int) -> bytes:
        return self._flash.read(start, size)

    def md5(self, start: int, size: int) -> tuple[bytes, int]:
        """Digest, and what it costs, us."""
        digest = hashlib.md5(self._flash.read(start, size), usedforsecurity=False).digest()
        return digest, size * _MD5_US_PER_KB // 1024

    def erase_chip(self) -> int:
        self._flash.erase(0, SIZE)
        return _CHIP_US

    def erase(self, start: int, end: int) -> int:
        """Whole sectors, by blocks where they are whole; what it costs, us."""
        cost_us = 0
        while start < end:
            if start % _BLOCK == 0 and start + _BLOCK <= end:
                self._flash.erase(start, _BLOCK)
                cost_us += _BLOCK_US
                start += _BLOCK
            else:
                cost_us += self._flash.erase(start, SECTOR)
                start += SECTOR
        return cost_us

    def program(self, start: int, data: bytes) -> int:
        """Page by page; what it costs, us. What is not erased comes out as both together: a loader does not look."""
        cost_us = at = 0
        while at < len(data):
            room = _PAGE - (start + at) % _PAGE
            try:
                cost_us += self._flash.program(start + at, data[at : at + room])
            except FlashRuleError:
                cost_us += _PAGE
            at += room
        return cost_us
