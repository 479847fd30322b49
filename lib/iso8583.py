# SPDX-License-Identifier: MIT
"""ISO 8583:1987 messages in the binary form of jPOS's ISO87BPackager, with the MAC of ISO 9797-1 algorithm 5.

A message is a dict: "t" the message type (4 digits), then field numbers. Values are str of digits for numbers, str for
fixed text (Latin-1, padding stripped), bytes for variable text and binary fields; `pack` also takes str for variable
text and sends UTF-8. What `unpack` accepts, `pack` turns into the same bytes, but for an empty secondary bitmap.
"""

from binascii import unhexlify

from micropython import const

from cmac import cmac
from secret import is_equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Fields = dict[Any, Any]

# Rows of ten fields, 1 to 128: kind and maximum (or fixed) size. Kinds: n fixed BCD digits, N BCD digits behind a
# 1-byte BCD count, x sign C or D (one character) and BCD digits, a fixed text, A text behind 1 byte of BCD count,
# L text behind 2 bytes of BCD count, b bytes. Field 1 is the secondary bitmap and never looked up.
_RULES = b"""\
b008 N019 n006 n012 n012 n012 n010 n008 n008 n008
n006 n006 n004 n004 n004 n004 n004 n004 n003 n003
n003 n003 n003 n003 n002 n002 n001 x009 x009 x009
x009 N011 N011 A028 N037 L104 a012 a006 a002 a003
a008 a015 a040 A025 A076 L999 L999 L999 a003 a003
a003 b008 n016 L120 L999 L999 L999 L999 L999 L999
L999 L999 L999 b008 b001 n001 n002 n003 n003 n003
n004 n004 n006 n010 n010 n010 n010 n010 n010 n010
n010 n012 n012 n012 n012 n016 n016 n016 n016 n042
a001 a002 a006 a007 a042 b016 x017 a025 N011 N011
A017 A028 A028 L100 L999 L999 L999 L999 L999 L999
L999 L999 L999 L999 L999 L999 L999 L999 L999 L999
L999 L999 L999 L999 L999 L999 L999 b008
"""
_STRIDE = const(5)  # bytes of one rule and its separator

# The kinds' character codes.
_DIGITS = const(0x6E)  # n
_COUNTED_DIGITS = const(0x4E)  # N
_SIGNED = const(0x78)  # x
_TEXT = const(0x61)  # a
_LONG_TEXT = const(0x4C)  # L
_BYTES = const(0x62)  # b

_PRIMARY = const(10)  # bytes of message type and primary bitmap
_BOTH = const(18)  # bytes of message type and both bitmaps
_BITMAP = const(2)  # offset of the bitmap
_MAC = const(8)  # bytes


class Iso8583Error(ValueError):
    """A message that breaks a rule; the text names the field and the rule, never the value."""


def pack(fields: "Fields") -> bytearray:
    """The message with its bitmap."""
    numbers = sorted([de for de in fields if de != "t"])
    if numbers and not 2 <= numbers[0] <= numbers[-1] <= 128:
        raise Iso8583Error("field number out of range")
    has_secondary = bool(numbers) and numbers[-1] > 64
    out = bytearray(_BOTH if has_secondary else _PRIMARY)
    mti = fields.get("t", "")
    if len(mti) != 4:
        raise _error(0, "must be 4 digits")
    out[0:_BITMAP] = _bcd(0, mti)
    if has_secondary:
        out[_BITMAP] = 0x80
    for de in numbers:
        out[_BITMAP + (de - 1 >> 3)] |= 0x80 >> (de - 1 & 7)
        _pack_field(out, de, fields[de])
    return out


def unpack(buf: "bytes | bytearray | memoryview") -> "Fields":
    """All fields of a message, which must fill `buf` exactly."""
    view = memoryview(buf)
    has_secondary = len(view) > _BITMAP and view[_BITMAP] & 0x80
    at = _BOTH if has_secondary else _PRIMARY
    if len(view) < at:
        raise Iso8583Error("message too short")
    fields: "Fields" = {"t": _digits(0, view[0:_BITMAP])}
    for de in range(2, 129 if has_secondary else 65):
        if view[_BITMAP + (de - 1 >> 3)] & 0x80 >> (de - 1 & 7):
            kind, size = _rule(de)
            count, at = _read_count(view, at, de, kind, size)
            end = at + _width(kind, count)
            if end > len(view):
                raise _error(de, "is cut short")
            fields[de] = _value(de, view[at:end], kind, count)
            at = end
    if at != len(view):
        raise Iso8583Error("bytes after the last field")
    return fields


def seal(fields: "Fields", key: "bytes | bytearray") -> bytearray:
    """The message with its MAC: in DE 128 if a field above 64 is present, else in DE 64. `fields` stays as it is."""
    sealed = {de: value for de, value in fields.items() if de not in (64, 128)}
    has_secondary = any(de > 64 for de in sealed if de != "t")
    sealed[128 if has_secondary else 64] = bytes(_MAC)
    packed = pack(sealed)
    view = memoryview(packed)
    view[-_MAC:] = cmac(key, view[:-_MAC])[:_MAC]
    return packed


def verify(packed: "bytes | bytearray | memoryview", key: "bytes | bytearray") -> bool:
    """Does the message end in the MAC field that `seal` would give it, and is the MAC right?"""
    view = memoryview(packed)
    if len(view) < _PRIMARY + _MAC:
        return False
    head = _BOTH if view[_BITMAP] & 0x80 else _PRIMARY
    if len(view) < head + _MAC or not view[head - 1] & 1:  # the last bit of the bitmap is the MAC field's
        return False
    return is_equal(view[-_MAC:], cmac(key, view[:-_MAC])[:_MAC])


def _error(de: int, why: str) -> Iso8583Error:
    return Iso8583Error("%s %s" % ("DE %d" % de if de else "MTI", why))


def _rule(de: int) -> "tuple[int, int]":
    """Kind (a character's code) and maximum size of a field."""
    at = (de - 1) * _STRIDE
    return _RULES[at], int(_RULES[at + 1 : at + 4])


def _prefix(kind: int) -> int:
    """Bytes of BCD count before the field: capital kinds have one."""
    return 0 if kind >= _TEXT else 2 if kind == _LONG_TEXT else 1


def _width(kind: int, count: int) -> int:
    """Bytes on the wire of `count` characters, digits or bytes."""
    if kind in (_DIGITS, _COUNTED_DIGITS):
        return count + 1 >> 1
    return 1 + (count >> 1) if kind == _SIGNED else count


def _pack_field(out: bytearray, de: int, value: "Any") -> None:
    kind, size = _rule(de)
    prefix = _prefix(kind)
    value = _countable(de, value, kind, size)
    count = len(value)
    if count > size or (count < size and not prefix):
        raise _error(de, "has a wrong length")
    if prefix:
        out.extend(_bcd(de, "%04d" % count if prefix == 2 else "%02d" % count))
    if kind == _DIGITS:
        out.extend(_bcd(de, "0" + value if count & 1 else value))
    elif kind == _COUNTED_DIGITS:
        out.extend(_bcd(de, value + "0" if count & 1 else value))
    elif kind == _SIGNED:
        if value[0] not in "CD":
            raise _error(de, "has no sign")
        out.extend(value[0].encode())
        out.extend(_bcd(de, value[1:]))
    else:
        out.extend(value)


def _countable(de: int, value: "Any", kind: int, size: int) -> "Any":
    """The value in the type whose length counts: str for digits, bytes for all else."""
    is_str = isinstance(value, str)
    if kind == _TEXT and is_str:
        if any(ord(c) > 0xFF for c in value):
            raise _error(de, "is not Latin-1")
        return bytes([ord(c) for c in value]) + b" " * (size - len(value))
    if kind in (_DIGITS, _COUNTED_DIGITS, _SIGNED, _TEXT):
        if not is_str:
            raise _error(de, "must be str")
        return value
    if is_str and kind != _BYTES:
        return value.encode()
    if not isinstance(value, (bytes, bytearray)):
        raise _error(de, "must be bytes")
    return value


def _bcd(de: int, digits: str) -> bytes:
    """An even number of digits, two a byte."""
    if digits and not digits.encode().isdigit():
        raise _error(de, "must be digits")
    return unhexlify(digits)


def _digits(de: int, raw: memoryview) -> str:
    """All nibbles of `raw`, which must be decimal."""
    if not raw:
        return ""  # hex() of nothing is bytes in MicroPython
    text = bytes(raw).hex()
    if not text.isdigit():
        raise _error(de, "is not decimal")
    return text


def _read_count(view: memoryview, at: int, de: int, kind: int, size: int) -> "tuple[int, int]":
    """How many units the field at `at` has, and where its data begin."""
    start = at + _prefix(kind)
    if start == at:
        return size, at
    if start > len(view):
        raise _error(de, "is cut short")
    count = int(_digits(de, view[at:start]))
    if count > size:
        raise _error(de, "is too long")
    return count, start


def _value(de: int, raw: memoryview, kind: int, count: int) -> "str | bytes":
    if kind == _TEXT:
        return "".join([chr(byte) for byte in raw]).rstrip(" ")
    if kind == _SIGNED:
        if raw[0] not in b"CD":
            raise _error(de, "has no sign")
        return chr(raw[0]) + _digits(de, raw[1:])
    if kind not in (_DIGITS, _COUNTED_DIGITS):
        return bytes(raw)
    digits = _digits(de, raw)
    if not count & 1:
        return digits
    # One nibble pads an odd count: the first of a fixed number, the last of a counted one.
    pad, digits = (digits[0], digits[1:]) if kind == _DIGITS else (digits[-1], digits[:-1])
    if pad != "0":
        raise _error(de, "has a wrong pad")
    return digits
