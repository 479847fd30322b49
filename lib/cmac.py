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


def cmac(key: "bytes | bytearray", *chunks: "bytes | bytearray | memoryview") -> bytes:
    """MAC (16 bytes) of the chunks, one after the other."""
    subkey = bytearray(_BLOCK)
    aes(key, _ECB).encrypt(subkey, subkey)
    _double(subkey)
    cipher = aes(key, _CBC, bytes(_BLOCK))
    block = bytearray(_BLOCK)
    at = 0
    for raw in chunks:
        for code in raw:
            if at == _BLOCK:  # a full block waits until more follows: the last one is treated differently
                cipher.encrypt(block, block)
                at = 0
            block[at] = code
            at += 1
    if at < _BLOCK:
        _double(subkey)
        block[at] = 0x80
        for i in range(at + 1, _BLOCK):
            block[i] = 0
    for i in range(_BLOCK):
        block[i] ^= subkey[i]
    cipher.encrypt(block, block)
    return bytes(block)


def _double(block: bytearray) -> None:
    """Multiply by x in GF(2^128), in place."""
    carry = _REDUCTION if block[0] & 0x80 else 0
    for i in range(_BLOCK - 1, -1, -1):
        carry ^= block[i] << 1
        block[i] = carry & 0xFF
        carry >>= 8
