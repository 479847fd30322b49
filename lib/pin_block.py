# SPDX-License-Identifier: MIT
"""PIN blocks of ISO 9564-1 format 4 (AES), as the side with the PIN makes them; `pin_block_decode` opens them.

The PIN is a bytearray of ASCII digits and never becomes a str, an error text or any other immutable object;
the caller wipes it after use. Every step works in place, so that the clear PIN field turns into the cipher text.
"""

from binascii import unhexlify

from cryptolib import aes
from micropython import const

_ECB = const(1)
_BLOCK = const(16)  # bytes, and nibbles of the half that holds control, PIN and fill; the other half is random
_CONTROL = const(0x40)
_FILL = const(0xA)


class PinBlockError(ValueError):
    """Wrong PIN, PAN, random or block; the text never holds any of them."""


def encode(key: "bytes | bytearray", pin: "bytearray | memoryview", pan: str, random8: bytes) -> bytes:
    """The encrypted block (16 bytes) of `pin` (4-12 ASCII digits), bound to `pan` (12-19 digits)."""
    is_good = 4 <= len(pin) <= 12
    for code in pin:
        is_good = is_good and 0x30 <= code <= 0x39
    if not is_good:
        raise PinBlockError("PIN must be 4 to 12 digits")
    if len(random8) != _BLOCK // 2:
        raise PinBlockError("random must be 8 bytes")
    other = pan_field(pan)
    block = bytearray(_BLOCK)
    block[0] = _CONTROL | len(pin)
    for i in range(2, _BLOCK):
        code = pin[i - 2] & 0xF if i - 2 < len(pin) else _FILL
        block[i >> 1] |= code if i & 1 else code << 4
    block[_BLOCK // 2 :] = random8
    cipher = aes(key, _ECB)
    cipher.encrypt(block, block)
    for i in range(_BLOCK):
        block[i] ^= other[i]
    cipher.encrypt(block, block)
    return bytes(block)


def pan_field(pan: str) -> bytes:
    """Length nibble (digits - 12), digits, zeroes to 32 nibbles."""
    if not (12 <= len(pan) <= 19 and pan.isdigit()):
        raise PinBlockError("PAN must be 12 to 19 digits")
    return unhexlify("%x%s%0*d" % (len(pan) - 12, pan, 31 - len(pan), 0))
