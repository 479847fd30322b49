# SPDX-License-Identifier: MIT
"""AES-CMAC (NIST SP 800-38B, RFC 4493; ISO 9797-1 algorithm 5) on MicroPython's cryptolib.

cryptolib's CBC object keeps its chaining value between calls, so a message of any length goes through one
16-byte buffer. Keys are 16 or 32 bytes: cryptolib has no AES-192 and raises ValueError for it.
"""

from cryptolib import aes
from micropython import const

_ECB = const(1)
_CBC = const(2)
_BLOCK = const(16)  # bytes
_REDUCTION = const(0x87)  # x^128 = x^7 + x^2 + x + 1, SP 800-38B 5.3


class CMAC:
    """One MAC: `update` as often as wanted, then `digest` once."""

    def __init__(self, key: "bytes | bytearray") -> None:
        self._subkey = bytearray(_BLOCK)
        aes(key, _ECB).encrypt(self._subkey, self._subkey)
        _double(self._subkey)
        self._chain = aes(key, _CBC, bytes(_BLOCK))
        self._block = bytearray(_BLOCK)
        self._used = 0

    def update(self, data: "bytes | bytearray | memoryview") -> None:
        view = memoryview(data)
        block = self._block
        at = 0
        while at < len(view):
            # A full block waits until more follows: the last one is treated differently.
            if self._used == _BLOCK:
                self._chain.encrypt(block, block)
                self._used = 0
            count = min(_BLOCK - self._used, len(view) - at)
            block[self._used : self._used + count] = view[at : at + count]
            self._used += count
            at += count

    def digest(self) -> bytes:
        """The 16 bytes of the MAC. The object is spent afterwards."""
        block = self._block
        if self._used < _BLOCK:
            block[self._used] = 0x80
            for i in range(self._used + 1, _BLOCK):
                block[i] = 0
            _double(self._subkey)
        for i in range(_BLOCK):
            block[i] ^= self._subkey[i]
        self._chain.encrypt(block, block)
        return bytes(block)


def cmac(key: "bytes | bytearray", *chunks: "bytes | bytearray | memoryview") -> bytes:
    """MAC (16 bytes) of the chunks, one after the other."""
    mac = CMAC(key)
    for chunk in chunks:
        mac.update(chunk)
    return mac.digest()


def _double(block: bytearray) -> None:
    """Multiply by x in GF(2^128), in place."""
    carry = block[0] >> 7
    for i in range(_BLOCK - 1):
        block[i] = (block[i] << 1 | block[i + 1] >> 7) & 0xFF
    block[_BLOCK - 1] = (block[_BLOCK - 1] << 1) & 0xFF ^ carry * _REDUCTION
