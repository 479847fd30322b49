# SPDX-License-Identifier: MIT
"""Key blocks of ANSI X9.143 (TR-31) version D: AES keys under an AES key block protection key (KBPK).

Header 16 ASCII characters: `D`, length 4, usage 2, algorithm `A`, mode 1, key version 2, exportability 1, number of
optional blocks 2, `00`; then optional blocks, cipher text and MAC in hex. A key comes out only after its MAC is good.
KBPKs are 16 or 32 bytes (cryptolib has no AES-192); wrapped keys also 24. `tr31_wrap` makes blocks.
"""

from binascii import unhexlify

from cryptolib import aes
from micropython import const

from cmac import cmac
from secret import is_equal, wipe

_CBC = const(2)
_BLOCK = const(16)  # bytes
_HEADER = const(16)  # characters, without optional blocks
_MAC_HEX = const(32)  # characters
_SHORT = const(64)  # characters of cipher text: 2 + 16 or 24 bytes, padded
_LONG = const(96)  # the same for 32 bytes, or a shorter key masked as one
_FOR_ENCRYPTION = const(0)
_FOR_MAC = const(1)


class KeyBlockError(ValueError):
    """A key block that cannot be trusted or is not for this purpose; the text holds nothing of the block or key."""


def unwrap(kbpk: "bytes | bytearray", block: "str | bytes", usage: str, mode: str) -> bytearray:
    """The key in `block`, which must be an AES key of this usage and mode. The caller wipes it."""
    data = block.encode() if isinstance(block, str) else block
    try:
        at = _header_size(data)
        raw = bytearray(unhexlify(data[at:]))
    except ValueError:
        raise KeyBlockError("malformed block")
    if data[5:9] != (usage + "A" + mode).encode():
        raise KeyBlockError("not a key for this purpose")
    mac = bytes(raw[-_BLOCK:])
    payload = raw[:-_BLOCK]
    _cipher(kbpk, mac).decrypt(payload, payload)
    try:
        size = payload[0] << 8 | payload[1]
        if not is_equal(mac, _mac(kbpk, data[:at], payload)):
            raise KeyBlockError("wrong block MAC")
        if size not in (128, 192, 256) or 2 + size // 8 > len(payload):
            raise KeyBlockError("wrong key length")
        return payload[2 : 2 + size // 8]
    finally:
        wipe(payload)


def kcv(key: "bytes | bytearray") -> str:
    """Key check value: left 3 bytes of the CMAC of 16 zero bytes, in hex."""
    return cmac(key, bytes(_BLOCK))[:3].hex().upper()


def _header_size(data: bytes) -> int:
    """Characters of the header with its optional blocks, after a check of all that does not depend on the key.

    An optional block is ID 2, length 2; or ID 2, `00`, length of length 2, length 4. ValueError: malformed.
    """
    head = data[1:5] + data[12:16]
    at = _HEADER
    is_good = len(data) > at and data[:1] == b"D" and head.isdigit() and head[6:] == b"00" and data[11] in b"ENS"
    if not is_good or int(head[:4]) != len(data):
        raise ValueError
    for _ in range(int(head[4:6])):
        size = int.from_bytes(unhexlify(data[at + 2 : at + 4]), "big")
        least = 4
        if size == 0 and data[at + 4 : at + 6] == b"02":
            size = int.from_bytes(unhexlify(data[at + 6 : at + 10]), "big")
            least = 10
        if size < least:
            raise ValueError
        at += size
    if at % _BLOCK or len(data) - at - _MAC_HEX not in (_SHORT, _LONG):
        raise ValueError
    return at


def _cipher(kbpk: "bytes | bytearray", mac: bytes) -> aes:
    """AES-CBC under the encryption key; the MAC is the initial vector."""
    key = _derive(kbpk, _FOR_ENCRYPTION)
    cipher = aes(key, _CBC, mac)
    wipe(key)
    return cipher


def _mac(kbpk: "bytes | bytearray", header: bytes, payload: bytearray) -> bytes:
    """MAC of header and clear payload under the authentication key."""
    key = _derive(kbpk, _FOR_MAC)
    mac = cmac(key, header, payload)
    wipe(key)
    return mac


def _derive(kbpk: "bytes | bytearray", purpose: int) -> bytearray:
    """Key of the KBPK's size: CMAC(KBPK, counter | purpose 2 | 00 | algorithm 2 | bits 2), as often as it takes."""
    size = len(kbpk)
    if size not in (16, 32):
        raise KeyBlockError("KBPK must be AES-128 or AES-256")
    key = bytearray(size)
    for at in range(0, size, _BLOCK):
        label = bytes((at // _BLOCK + 1, 0, purpose, 0, 0, size >> 3 & 4 or 2, size >> 5, size * 8 & 0xFF))
        key[at : at + _BLOCK] = cmac(kbpk, label)
    return key
