# SPDX-License-Identifier: MIT
"""Packing and unpacking of profile messages, over pyiso8583.

Adds to the library what protocol.md clause 2 asks for beyond it: right padding of fixed text, refusal of digits above
9. Fields are a dict of strings by field number ("t" is the message type); binary fields are upper-case hexadecimal.
Invariant: `unpack(pack(fields)) == fields` with padded text, and every malformed message is a `CodecError`.
"""

from collections.abc import Mapping

import iso8583
from tools.host import spec

Fields = dict[str, str]

_SPEC = spec.build()
_BITMAPS = ("p", "1")


class CodecError(ValueError):
    """A message that cannot be packed or unpacked; `partial` holds what was read before the fault."""

    def __init__(self, reason: str, partial: Fields | None = None) -> None:
        super().__init__(reason)
        self.partial: Fields = partial or {}


def _check_decimal(fields: Mapping[str, str]) -> None:
    for name in spec.DECIMAL.intersection(fields):
        value = fields[name]
        if value and not (value.isascii() and value.isdigit()):
            raise CodecError(f"field {name} is not decimal")


def _has_tertiary(data: bytes) -> bool:
    return len(data) > 10 and bool(data[2] & 0x80) and bool(data[10] & 0x80)


def unpack(data: bytes) -> Fields:
    """Fields of one message from its type on, without the bitmaps; fixed text keeps its padding."""
    if _has_tertiary(data):
        raise CodecError("field 65 is not used")
    try:
        fields, _ = iso8583.decode(data, _SPEC)
    except iso8583.DecodeError as error:
        partial = {name: value for name, value in error.doc_dec.items() if name not in (*_BITMAPS, error.field)}
        raise CodecError(f"field {error.field} at byte {error.pos}", partial) from None
    _check_decimal(fields)
    return {name: value for name, value in fields.items() if name not in _BITMAPS}


def pack(fields: Mapping[str, str]) -> bytes:
    """Wire form of a message. Fixed text is padded with spaces; everything else must have its exact form."""
    _check_decimal(fields)
    padded = {name: value.ljust(spec.FIXED_TEXT.get(name, 0)) for name, value in fields.items()}
    try:
        data, _ = iso8583.encode(padded, _SPEC)
    except iso8583.EncodeError as error:
        raise CodecError(f"field {error.field} cannot be packed") from None
    return bytes(data)


def mac_field(fields: Mapping[str, str]) -> str:
    """Number of the field that carries the MAC: 128 as soon as the secondary bitmap is present."""
    return "128" if any(name.isdigit() and int(name) > 64 for name in fields) else "64"
