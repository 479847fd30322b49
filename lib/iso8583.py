# SPDX-License-Identifier: MIT
"""ISO 8583:1987 messages in the binary form of jPOS's ISO87BPackager, with the MAC of ISO 9797-1 algorithm 5.

A message is a dict: "t" the message type (4 digits), then field numbers. Values are str of digits for numbers, str for
fixed text (Latin-1, padding stripped), bytes for variable text and binary fields; `pack` also takes str for variable
text and sends UTF-8. What `unpack` accepts, `pack` turns into the same bytes, but for an empty secondary bitmap.
"""

import binascii

from micropython import const

from cmac import cmac
from secret import is_equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Fields = dict[Any, Any]

# One character a field from 0 (the message type) to 128, the place of its rule counted from "0". A rule is a kind and
# a maximum (or fixed) size. Kinds: n fixed BCD digits, m BCD digits behind a 1-byte BCD count, x sign C or D (one
# character) and BCD digits, a fixed text, c text behind 1 byte of BCD count, l text behind 2 bytes of BCD count,
# b bytes. Field 1 is the secondary bitmap and never looked up.
_FIELDS = b"\
3S;4777655544333333222222110====::L<OEB@ADFHKMQQQAAAS8PQQQQQQQQQ\
SR0122233466666666777788889?@BCIT>G::JLLNQQQQQQQQQQQQQQQQQQQQQQQS"
_RULES = b"\
n1  n2  n3  n4  n6  n8  n10 n12 n16 n42 m11 m19 m37 x9  x17 a1  a2  a3  a6  a7  a8  a12 a15 a25 a40 a42 \
c17 c25 c28 c76 l100l104l120l999b1  b8  b16 "
_FIRST = const(0x30)  # code of the first rule
_STRIDE = const(4)  # bytes of a rule

# The kinds' character codes.
_TEXT = const(0x61)  # a
_BYTES = const(0x62)  # b; what is bytes lies between this and _LONG
_COUNTED = const(0x63)  # c
_LONG = const(0x6C)  # l
_COUNTED_DIGITS = const(0x6D)  # m; from here on digits
_DIGITS = const(0x6E)  # n
_SIGNED = const(0x78)  # x

_PRIMARY = const(10)  # bytes of message type and primary bitmap
_BOTH = const(18)  # bytes of message type and both bitmaps
_BITMAP = const(2)  # offset of the bitmap
_MAC = const(8)  # bytes


class Iso8583Error(ValueError):
    """A message that breaks a rule; the text names the field (0: the message type) or the fault, never the value."""


def pack(fields: "Fields") -> bytearray:
    """The message with its bitmap."""
    de = 0
    try:
        numbers = list(fields)
        numbers.remove("t")
        numbers.sort()
        out = bytearray(_BOTH if numbers and numbers[-1] > 64 else _PRIMARY)
        out[:_BITMAP] = _packed(0, fields["t"])
        if len(out) == _BOTH:
            out[_BITMAP] = 0x80
        for de in numbers:
            if not 1 < de < 129:
                raise ValueError
            out[_BITMAP + (de - 1 >> 3)] |= 0x80 >> (de - 1 & 7)
            out.extend(_packed(de, fields[de]))
    except ValueError:
        raise Iso8583Error("DE %d" % de)
    return out


def unpack(buf: "bytes | bytearray | memoryview") -> "Fields":
    """All fields of a message, which must fill `buf` exactly."""
    view = memoryview(buf)
    at = _head(view)
    if not at:
        raise Iso8583Error("too short")
    de = 0
    try:
        fields: "Fields" = {"t": _unpacked(0, view, 0)[0]}
        for de in range(2, 8 * (at - _BITMAP) + 1):
            if view[_BITMAP + (de - 1 >> 3)] & 0x80 >> (de - 1 & 7):
                fields[de], at = _unpacked(de, view, at)
    except ValueError:
        raise Iso8583Error("DE %d" % de)
    if at != len(view):
        raise Iso8583Error("too long")
    return fields


def seal(fields: "Fields", key: "bytes | bytearray") -> bytearray:
    """The message with its MAC: in DE 128 if a field above 64 is present, else in DE 64. `fields` stays as it is."""
    sealed = {}
    last = 64
    for de in fields:
        if de not in (64, 128):
            sealed[de] = fields[de]
            if de != "t" and de > 64:
                last = 128
    sealed[last] = bytes(_MAC)
    packed = pack(sealed)
    view = memoryview(packed)
    view[-_MAC:] = cmac(key, view[:-_MAC])[:_MAC]
    return packed


def verify(packed: "bytes | bytearray | memoryview", key: "bytes | bytearray") -> bool:
    """Does the message end in the MAC field that `seal` would give it, and is the MAC right?"""
    view = memoryview(packed)
    at = _head(view)
    if not at or len(view) < at + _MAC or not view[at - 1] & 1:  # the last bit of the bitmap is the MAC field's
        return False
    return is_equal(view[-_MAC:], cmac(key, view[:-_MAC])[:_MAC])


def _head(view: memoryview) -> int:
    """Bytes of message type and bitmaps, 0 when they are not all there."""
    at = _BOTH if len(view) > _BITMAP and view[_BITMAP] & 0x80 else _PRIMARY
    return at if at <= len(view) else 0


def _rule(de: int) -> "tuple[int, int, int]":
    """Kind, maximum size, and how many bytes of BCD count are before the field."""
    at = (_FIELDS[de] - _FIRST) * _STRIDE
    kind = _RULES[at]
    return kind, int(_RULES[at + 1 : at + _STRIDE]), 2 if kind == _LONG else kind in (_COUNTED, _COUNTED_DIGITS)


def _packed(de: int, value: "Any") -> bytes:
    """A field as it is sent; ValueError if it cannot be."""
    kind, size, prefix = _rule(de)
    if isinstance(value, str):
        if kind >= _COUNTED_DIGITS:
            return _counted(len(value), size, prefix, _bcd(value, kind))
        if kind == _BYTES:
            raise ValueError
        value = value.encode()
        if kind == _TEXT:
            value = _latin(value)
            value += b" " * (size - len(value))
    elif not _BYTES <= kind <= _LONG or not isinstance(value, (bytes, bytearray)):
        raise ValueError
    return _counted(len(value), size, prefix, value)


def _counted(count: int, size: int, prefix: int, raw: bytes) -> bytes:
    """The bytes of `count` units behind their count."""
    if count > size or (count < size and not prefix):
        raise ValueError
    return binascii.unhexlify("%04d" % count)[2 - prefix :] + raw


def _bcd(digits: str, kind: int) -> bytes:
    """Two digits a byte; one nibble pads an odd count: the first of a fixed number, the last of a counted one."""
    if kind == _SIGNED:
        if digits[:1] not in ("C", "D"):
            raise ValueError
        digits = ("43" if digits[0] == "C" else "44") + digits[1:]
    if len(digits) & 1:
        digits = "0" + digits if kind == _DIGITS else digits + "0"
    if digits and not digits.isdigit():
        raise ValueError
    return binascii.unhexlify(digits)


def _latin(raw: bytes) -> bytearray:
    """Latin-1 of UTF-8, byte by byte: single characters would stay in the interpreter's table of names for ever."""
    out = bytearray()
    high = 0
    for code in raw:
        if code > 0xC3:
            raise ValueError
        if code < 0xC2:
            out.append(high | code & 0x3F if high else code)
            high = 0
        else:
            high = code << 6 & 0xFF
    return out


def _text(raw: memoryview) -> str:
    """Latin-1 without its padding."""
    out = bytearray()
    for code in raw:
        if code & 0x80:
            out.append(0xC0 | code >> 6)
            code &= 0xBF
        out.append(code)
    return str(out, "utf-8").rstrip(" ")


def _unpacked(de: int, view: memoryview, at: int) -> "tuple[str | bytes, int]":
    """The value of the field at `at`, and where the next one begins; ValueError if it breaks the rule."""
    kind, size, prefix = _rule(de)
    count = int(binascii.hexlify(bytes(view[at : at + prefix]))) if prefix else size
    at += prefix
    end = at + (count + 1 >> 1 if kind >= _COUNTED_DIGITS else count)
    if count > size or end > len(view):
        raise ValueError
    raw = view[at:end]
    if kind < _COUNTED_DIGITS:
        return _text(raw) if kind == _TEXT else bytes(raw), end
    digits = str(binascii.hexlify(bytes(raw)), "utf-8")
    if digits and not digits.isdigit():
        raise ValueError
    if kind == _SIGNED:
        if digits[:2] not in ("43", "44"):
            raise ValueError
        return chr(raw[0]) + digits[2:], end
    if not count & 1:
        return digits, end
    pad, digits = (digits[0], digits[1:]) if kind == _DIGITS else (digits[-1], digits[:-1])
    if pad != "0":
        raise ValueError
    return digits, end
