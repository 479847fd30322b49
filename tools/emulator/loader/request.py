# SPDX-License-Identifier: MIT
"""Requests and answers of the serial protocol, after esptool's description of it (docs, "Serial Protocol").

A request is 00, operation, size, checksum, data; an answer 01, operation, size, value, data, status.
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from functools import reduce
from operator import xor
from typing import Final, Self

_REQUEST: Final = struct.Struct("<BBHI")
_CHECKSUM_SEED: Final = 0xEF
_BLOCK_HEADER: Final = 16  # size, sequence number, two zeros; then the bytes under the checksum


class Op(IntEnum):
    FLASH_BEGIN = 0x02
    FLASH_DATA = 0x03
    FLASH_END = 0x04
    MEM_BEGIN = 0x05
    MEM_END = 0x06
    MEM_DATA = 0x07
    SYNC = 0x08
    WRITE_REG = 0x09
    READ_REG = 0x0A
    SPI_SET_PARAMS = 0x0B
    SPI_ATTACH = 0x0D
    READ_FLASH_SLOW = 0x0E
    CHANGE_BAUDRATE = 0x0F
    FLASH_DEFL_BEGIN = 0x10
    FLASH_DEFL_DATA = 0x11
    FLASH_DEFL_END = 0x12
    SPI_FLASH_MD5 = 0x13
    ERASE_FLASH = 0xD0
    ERASE_REGION = 0xD1
    READ_FLASH = 0xD2
    RUN_USER_CODE = 0xD3


class Status(IntEnum):
    """Second byte of a failure; the ROM knows the first kind, the stub the second."""

    OK = 0
    INVALID = 0x05
    FAILED = 0x06
    BAD_CHECKSUM = 0x07
    STUB_BAD_LENGTH = 0xC0
    STUB_BAD_CHECKSUM = 0xC1
    STUB_INFLATE = 0xC6
    STUB_FAILED = 0xC8
    STUB_UNKNOWN = 0xFF


class RefusedError(Exception):
    """The loader answers with this status."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Request:
    op: int
    checksum: int
    data: bytes

    @classmethod
    def read(cls, frame: bytes) -> Self | None:
        """None for what is no request."""
        if len(frame) < _REQUEST.size:
            return None
        direction, op, size, checksum = _REQUEST.unpack_from(frame)
        data = frame[_REQUEST.size :]
        return cls(op, checksum, data) if direction == 0 and size == len(data) else None

    def words(self, count: int) -> tuple[int, ...]:
        """The first `count` words of the data."""
        if len(self.data) < 4 * count:
            raise RefusedError(Status.INVALID)
        return struct.unpack_from(f"<{count}I", self.data)

    def block(self) -> bytes:
        """The bytes that a DATA request brings; RefusedError when they came to harm on the way."""
        block = self.data[_BLOCK_HEADER:]
        if self.words(1)[0] != len(block):
            raise RefusedError(Status.INVALID)
        if reduce(xor, block, _CHECKSUM_SEED) != self.checksum & 0xFF:
            raise RefusedError(Status.BAD_CHECKSUM)
        return block


@dataclass
class Answer:
    """What goes back, and what the chip does meanwhile."""

    value: int = 0
    data: bytes = b""
    cost_us: int = 0
    is_early: bool = False
    """The answer leaves before the work of `cost_us`, not after it."""
    more: list[bytes] = field(default_factory=list)
    """Frames that follow."""
    repeat: int = 1
    then: str = ""
    """What the chip becomes: "stub", "rom", or "reset"."""


def pack(op: int, value: int, data: bytes, status: Status, status_size: int) -> bytes:
    """The frame of an answer; `status_size` is 4 for the ROM, 2 for the stub."""
    tail = bytes((int(status != Status.OK), status)).ljust(status_size, b"\0")
    return _REQUEST.pack(1, op, len(data) + status_size, value) + data + tail
