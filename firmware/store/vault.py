# SPDX-License-Identifier: MIT
"""Versioned records in NVS: each is kept twice, with a generation and a digest; the newest valid copy wins.

Reading only: `settings` writes, over the older copy, so that a power cut leaves one that is whole. Form: "QD",
version, generation u32 LE, length u16 LE, payload, SHA-256[:8].
"""

import hashlib
import struct

import esp32
from micropython import const

NAMESPACE = "qiandao"
HEAD = "<2sBIH"
HEAD_SIZE = 9
_DIGEST = const(8)
VERSION = 1
_NOT_FOUND = const(-0x1102)  # ESP_ERR_NVS_NOT_FOUND
LARGEST = 2017


def digest_of(record: "bytes | memoryview") -> bytes:
    return hashlib.sha256(record).digest()[:_DIGEST]


class Vault:
    """One named record of at most 2,000 bytes, in the NVS blobs `<name>_a` and `<name>_b`."""

    def __init__(self, name: str) -> None:
        self.nvs = esp32.NVS(NAMESPACE)
        self.is_present = False  # after load(): was there anything, good or bad?
        self.keys = (name + "_a", name + "_b")

    def generation(self, key: str, scratch: bytearray) -> "tuple[int, int]":
        """(generation, bytes of payload) of one copy, which is then in `scratch`; (0, 0) if it is missing or bad."""
        try:
            size = self.nvs.get_blob(key, scratch)
        except OSError as fault:
            self.is_present = self.is_present or fault.errno != _NOT_FOUND
            return 0, 0
        self.is_present = True
        if size < HEAD_SIZE + _DIGEST:
            return 0, 0
        magic, version, generation, length = struct.unpack_from(HEAD, scratch)
        end = HEAD_SIZE + length
        view = memoryview(scratch)
        is_whole = magic == b"QD" and version == VERSION and end + _DIGEST == size
        if not is_whole or digest_of(view[:end]) != bytes(view[end:size]):
            return 0, 0
        return generation, length

    def newest(self, scratch: bytearray) -> int:
        """Place of the newest whole copy (0 or 1), -1 if there is none."""
        first, second = [self.generation(key, scratch)[0] for key in self.keys]
        if not first and not second:
            return -1
        return 1 if second > first else 0

    def load(self, scratch: bytearray) -> "memoryview | None":
        """The newest payload, in place; `scratch` must be large enough for the record, at most LARGEST."""
        place = self.newest(scratch)
        if place < 0:
            return None
        return memoryview(scratch)[HEAD_SIZE : HEAD_SIZE + self.generation(self.keys[place], scratch)[1]]
