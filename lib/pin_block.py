# SPDX-License-Identifier: MIT
"""PIN blocks of ISO 9564-1 format 4 (AES).

The PIN is a bytearray of ASCII digits and never becomes a str, an error text or any other immutable object;
the caller wipes it after use. Every step works in place, so that the clear PIN field turns into the cipher text.
"""

from cryptolib import aes
from micropython import const

from secret import wipe

_ECB = const(1)
_BLOCK = const(16)  # bytes
_DIGITS = const(14)  # nibbles for PIN and fill, between control and random
_CONTROL = const(4)
_FILL = const(0xA)
_MIN_PIN = const(4)
_MAX_PIN = const(12)
_MIN_PAN = const(12)
_MAX_PAN = const(19)


class PinBlockError(ValueError):
    """Wrong PIN, PAN, random or block; the text never holds any of them."""


def encode(key: "bytes | bytearray", pin: "bytearray | memoryview", pan: str, random8: bytes) -> bytes:
    """The encrypted block (16 bytes) of `pin` (4-12 ASCII digits), bound to `pan` (12-19 digits)."""
    if not (_MIN_PIN <= len(pin) <= _MAX_PIN and all(0x30 <= digit <= 0x39 for digit in pin)):
        raise PinBlockError("PIN must be 4 to 12 digits")
    if len(random8) != _BLOCK // 2:
        raise PinBlockError("random must be 8 bytes")
    pan_field = _pan_field(pan)
    block = bytearray(_BLOCK)
    block[0] = _CONTROL << 4 | len(pin)
    for i in range(_DIGITS):
        _put_nibble(block, i + 2, pin[i] & 0xF if i < len(pin) else _FILL)
    block[_BLOCK // 2 :] = random8
    cipher = aes(key, _ECB)
    cipher.encrypt(block, block)
    _xor(block, pan_field)
    cipher.encrypt(block, block)
    return bytes(block)


def decode(key: "bytes | bytearray", block: "bytes | bytearray | memoryview", pan: str) -> bytearray:
    """The PIN of an encrypted block, as a bytearray that the caller wipes."""
    if len(block) != _BLOCK:
        raise PinBlockError("block must be 16 bytes")
    pan_field = _pan_field(pan)
    clear = bytearray(block)
    cipher = aes(key, _ECB)
    cipher.decrypt(clear, clear)
    _xor(clear, pan_field)
    cipher.decrypt(clear, clear)
    try:
        return _pin(clear)
    finally:
        wipe(clear)


def _pin(clear: bytearray) -> bytearray:
    """The PIN in a clear PIN field; every nibble up to the random half is checked."""
    count = clear[0] & 0xF
    is_good = clear[0] >> 4 == _CONTROL and _MIN_PIN <= count <= _MAX_PIN
    pin = bytearray(count)
    for i in range(_DIGITS):
        nibble = _nibble(clear, i + 2)
        if i < count:
            pin[i] = 0x30 | nibble
        elif nibble != _FILL:
            is_good = False
    if is_good and pin.isdigit():
        return pin
    wipe(pin)
    raise PinBlockError("not a format 4 block under this key and PAN")


def _pan_field(pan: str) -> bytearray:
    """Length nibble (digits - 12), digits, zeroes to 32 nibbles."""
    digits = pan.encode()
    if not (_MIN_PAN <= len(digits) <= _MAX_PAN and digits.isdigit()):
        raise PinBlockError("PAN must be 12 to 19 digits")
    field = bytearray(_BLOCK)
    _put_nibble(field, 0, len(digits) - _MIN_PAN)
    for i in range(len(digits)):
        _put_nibble(field, i + 1, digits[i] & 0xF)
    return field


def _nibble(buf: bytearray, i: int) -> int:
    return buf[i >> 1] & 0xF if i & 1 else buf[i >> 1] >> 4


def _put_nibble(buf: bytearray, i: int, value: int) -> None:
    """Set nibble `i` of a buffer that is still zero there."""
    buf[i >> 1] |= value if i & 1 else value << 4


def _xor(buf: bytearray, other: bytearray) -> None:
    for i in range(len(buf)):
        buf[i] ^= other[i]
