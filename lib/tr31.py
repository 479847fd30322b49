# SPDX-License-Identifier: MIT
"""Key blocks of ANSI X9.143 (TR-31) version D: AES keys under an AES key block protection key (KBPK).

Header 16 ASCII characters: `D`, length 4, usage 2, algorithm `A`, mode 1, key version 2, exportability 1, number of
optional blocks 2, `00`; then optional blocks, cipher text and MAC in hex. A key comes out only after its MAC is good.
KBPKs are 16 or 32 bytes (cryptolib has no AES-192); wrapped keys also 24.
"""

from binascii import unhexlify
from os import urandom

from cryptolib import aes
from micropython import const

from cmac import cmac
from secret import is_equal, wipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

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
    size = _header_size(data)
    if data[5:9] != (usage + "A" + mode).encode():
        raise KeyBlockError("not a key for this purpose")
    if len(data) - size - _MAC_HEX not in (_SHORT, _LONG):
        raise KeyBlockError("wrong length")
    try:
        payload = bytearray(unhexlify(data[size:-_MAC_HEX]))
        mac = unhexlify(data[-_MAC_HEX:])
    except ValueError:
        raise KeyBlockError("not hexadecimal")
    try:
        return _open(kbpk, data[:size], payload, mac)
    finally:
        wipe(payload)


def wrap(
    kbpk: "bytes | bytearray",
    usage: str,
    mode: str,
    key: "bytes | bytearray",
    random: "Callable[[int], bytes]" = urandom,
    exportability: str = "N",
) -> str:
    """The block of an AES key; `random` gives so many bytes of padding."""
    if len(key) not in (16, 24, 32):
        raise KeyBlockError("key must be AES")
    if len(mode) != 1 or len((usage + mode).encode()) != 3 or exportability not in ("E", "N", "S"):
        raise KeyBlockError("malformed header")
    payload = bytearray(_LONG // 2 if len(key) == 32 else _SHORT // 2)
    end = 2 + len(key)
    payload[0:2] = (8 * len(key)).to_bytes(2, "big")
    payload[2:end] = key
    payload[end:] = random(len(payload) - end)
    header = "D%04d%sA%s00%s0000" % (_HEADER + 2 * len(payload) + _MAC_HEX, usage, mode, exportability)
    mac = _mac(kbpk, header.encode(), payload)
    _cipher(kbpk, mac).encrypt(payload, payload)
    return header + (payload.hex() + mac.hex()).upper()


def kcv(key: "bytes | bytearray") -> str:
    """Key check value: left 3 bytes of the CMAC of 16 zero bytes, in hex."""
    return cmac(key, bytes(_BLOCK))[:3].hex().upper()


def _open(kbpk: "bytes | bytearray", header: bytes, payload: bytearray, mac: bytes) -> bytearray:
    _cipher(kbpk, mac).decrypt(payload, payload)
    if not is_equal(mac, _mac(kbpk, header, payload)):
        raise KeyBlockError("wrong MAC")
    bits = payload[0] << 8 | payload[1]
    if bits not in (128, 192, 256) or 2 + bits // 8 > len(payload):
        raise KeyBlockError("wrong key length")
    return payload[2 : 2 + bits // 8]


def _header_size(data: bytes) -> int:
    """Characters of the header with its optional blocks, after a check of all that does not depend on the key."""
    if len(data) < _HEADER or data[0:1] != b"D" or not data[12:14].isdigit() or data[14:16] != b"00":
        raise KeyBlockError("malformed header")
    if not data[1:5].isdigit() or int(data[1:5]) != len(data):
        raise KeyBlockError("wrong length")
    if data[11] not in b"ENS":
        raise KeyBlockError("unknown exportability")
    size = _HEADER
    for _ in range(int(data[12:14])):
        size += _optional_size(data, size)
    if size > len(data) or size % _BLOCK:
        raise KeyBlockError("malformed optional block")
    return size


def _optional_size(data: bytes, at: int) -> int:
    """Characters of the optional block at `at`: ID 2, length 2; or ID 2, `00`, length of length 2, length 4."""
    size = _hex(data[at + 2 : at + 4])
    least = 4
    if size == 0 and data[at + 4 : at + 6] == b"02":
        size = _hex(data[at + 6 : at + 10])
        least = 10
    if size < least:
        raise KeyBlockError("malformed optional block")
    return size


def _hex(text: bytes) -> int:
    try:
        return int.from_bytes(unhexlify(text), "big")
    except ValueError:
        raise KeyBlockError("malformed optional block")


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
    for counter in range(1, size // _BLOCK + 1):
        label = bytes((counter, 0, purpose, 0, 0, 2 if size == 16 else 4, size >> 5, size * 8 & 0xFF))
        key[(counter - 1) * _BLOCK : counter * _BLOCK] = cmac(kbpk, label)
    return key
