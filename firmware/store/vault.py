# SPDX-License-Identifier: MIT
"""Versioned records in NVS: each is kept twice, with a generation and a digest; the newest valid copy wins.

A record is written over the older copy and read back before the newer one may be retired, so a power cut at any flash
operation leaves one that is whole. Form: "QD", version, generation u32 LE, length u16 LE, payload, SHA-256[:8].
"""

import hashlib
import struct

import esp32
from micropython import const

from firmware.errors import StoreError

NAMESPACE = "qiandao"
_HEAD = const("<2sBIH")
_HEAD_SIZE = const(9)
_DIGEST = const(8)
_VERSION = const(1)
_NOT_FOUND = const(-0x1102)  # ESP_ERR_NVS_NOT_FOUND
_MOST = const(2000)
_BUFFERS = (128, 640, _MOST + _HEAD_SIZE + _DIGEST)


def _digest(record: "bytes | memoryview") -> bytes:
    return hashlib.sha256(record).digest()[:_DIGEST]


class Vault:
    """One named record of at most 2,000 bytes, in the NVS blobs `<name>_a` and `<name>_b`."""

    def __init__(self, name: str) -> None:
        self._nvs = esp32.NVS(NAMESPACE)
        self.is_present = False  # after load(): was there anything, good or bad?
        self._keys = (name + "_a", name + "_b")

    def _read(self, key: str) -> "tuple[bytearray, int] | None":
        """A blob and its size. NVS tells no size beforehand: buffers grow until one is large enough."""
        for size in _BUFFERS:
            buffer = bytearray(size)
            try:
                return buffer, self._nvs.get_blob(key, buffer)
            except OSError as fault:
                if fault.errno == _NOT_FOUND:
                    return None
        return None

    def _copy(self, key: str) -> "tuple[int, bytes] | None":
        """(generation, payload) of one copy, None if it is missing or damaged."""
        found = self._read(key)
        if found is None:
            return None
        self.is_present = True
        buffer, size = found
        if size < _HEAD_SIZE + _DIGEST:
            return None
        view = memoryview(buffer)
        magic, version, generation, length = struct.unpack_from(_HEAD, buffer)
        end = _HEAD_SIZE + length
        if magic != b"QD" or version != _VERSION or end + _DIGEST != size:
            return None
        if _digest(view[:end]) != bytes(view[end:size]):
            return None
        return generation, bytes(view[_HEAD_SIZE:end])

    def load(self) -> "bytes | None":
        """The newest valid payload, or None."""
        best = self._newest()
        return best[1] if best else None

    def _newest(self) -> "tuple[int, bytes, int] | None":
        best = None
        for slot in (0, 1):
            found = self._copy(self._keys[slot])
            if found and (best is None or found[0] > best[0]):
                best = (found[0], found[1], slot)
        return best

    def save(self, payload: bytes) -> None:
        """Replace the record; StoreError C3 if it cannot be read back."""
        if len(payload) > _MOST:
            raise StoreError("C3")
        best = self._newest()
        generation = best[0] + 1 if best else 1
        key = self._keys[1 - best[2] if best else 0]
        head = struct.pack(_HEAD, b"QD", _VERSION, generation, len(payload))
        record = head + payload
        self._nvs.set_blob(key, record + _digest(record))
        self._nvs.commit()
        found = self._copy(key)
        if found is None or found[0] != generation:
            raise StoreError("C3")
