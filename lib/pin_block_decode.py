# SPDX-License-Identifier: MIT
"""Opens PIN blocks of ISO 9564-1 format 4 (AES): for a side that verifies PINs, and for tests.

The PIN comes out as a bytearray, and what it was worked out in is wiped.
"""

from cryptolib import aes
from micropython import const

from pin_block import PinBlockError, pan_field
from secret import wipe

_ECB = const(1)
_BLOCK = const(16)  # bytes
_DIGITS = const(14)  # nibbles for PIN and fill, between control and random
_CONTROL = const(4)
_FILL = const(0xA)


def decode(key: "bytes | bytearray", block: "bytes | bytearray | memoryview", pan: str) -> bytearray:
    """The PIN of an encrypted block, as a bytearray that the caller wipes."""
    if len(block) != _BLOCK:
        raise PinBlockError("block must be 16 bytes")
    other = pan_field(pan)
    clear = bytearray(block)
    cipher = aes(key, _ECB)
    cipher.decrypt(clear, clear)
    for i in range(_BLOCK):
        clear[i] ^= other[i]
    cipher.decrypt(clear, clear)
    try:
        return _pin(clear)
    finally:
        wipe(clear)


def _pin(clear: bytearray) -> bytearray:
    """The PIN in a clear PIN field; every nibble up to the random half is checked."""
    count = clear[0] & 0xF
    is_good = clear[0] >> 4 == _CONTROL and 4 <= count <= 12
    pin = bytearray(count)
    for i in range(_DIGITS):
        nibble = clear[(i >> 1) + 1] & 0xF if i & 1 else clear[(i >> 1) + 1] >> 4
        if i < count:
            pin[i] = 0x30 | nibble
        elif nibble != _FILL:
            is_good = False
    if is_good and pin.isdigit():
        return pin
    wipe(pin)
    raise PinBlockError("not a format 4 block under this key and PAN")
