# SPDX-License-Identifier: MIT
"""Length rules of the 128 fields of the ISO 8583:1987 binary form (protocol.md clause 2) as a pyiso8583 specification.

Owns the table only; `codec` adds what pyiso8583 leaves out (padding of text, refusal of non-decimal digits).
Invariant: every field from 2 to 128 has a rule, so that an unknown one can be skipped.
"""

from typing import Any

# Digits of the fixed numeric fields, BCD, odd counts padded with a zero nibble on the left.
_NUMERIC = {
    **dict.fromkeys((27, 66), 1),
    **dict.fromkeys((25, 26, 67), 2),
    **dict.fromkeys((19, 20, 21, 22, 23, 24, 68, 69, 70), 3),
    **dict.fromkeys((13, 14, 15, 16, 17, 18, 71, 72), 4),
    **dict.fromkeys((3, 11, 12, 73), 6),
    **dict.fromkeys((8, 9, 10), 8),
    **dict.fromkeys((7, 74, 75, 76, 77, 78, 79, 80, 81), 10),
    **dict.fromkeys((4, 5, 6, 82, 83, 84, 85), 12),
    **dict.fromkeys((53, 86, 87, 88, 89), 16),
    90: 42,
}
_LLNUM = {2: 19, 32: 11, 33: 11, 35: 37, 99: 11, 100: 11}
_TEXT = {37: 12, 38: 6, 39: 2, 40: 3, 41: 8, 42: 15, 43: 40, 49: 3, 50: 3, 51: 3}
_TEXT |= {91: 1, 92: 2, 93: 6, 94: 7, 95: 42, 98: 25}
_LLCHAR = {34: 28, 44: 25, 45: 76, 101: 17, 102: 28, 103: 28}
_LLLCHAR = {36: 104, 54: 120, 104: 100}
_LLLCHAR |= dict.fromkeys((46, 47, 48, *range(55, 64), *range(105, 128)), 999)
# Bytes. 28-31 and 97 are a sign character and BCD digits; nothing here uses them, so they are kept as they came.
_BINARY = {52: 8, 64: 8, 65: 1, 96: 16, 128: 8} | dict.fromkeys((28, 29, 30, 31), 5) | {97: 9}

FIXED_TEXT: dict[str, int] = {str(number): length for number, length in _TEXT.items()}
DECIMAL: frozenset[str] = frozenset(str(number) for number in (*_NUMERIC, *_LLNUM)) | {"t"}


def _rule(data_enc: str, len_type: int, max_len: int, **extra: str) -> dict[str, Any]:
    return {"data_enc": data_enc, "len_enc": "bcd", "len_type": len_type, "max_len": max_len, "desc": "", **extra}


def build() -> dict[str, dict[str, Any]]:
    """The specification in the form that `iso8583.encode` and `iso8583.decode` take."""
    spec = {"h": _rule("b", 0, 0), "t": _rule("b", 0, 2), "p": _rule("b", 0, 8), "1": _rule("b", 0, 8)}
    for number, length in _NUMERIC.items():
        spec[str(number)] = _rule("b", 0, length, len_count="nibbles", left_pad="0")
    for number, length in _LLNUM.items():
        spec[str(number)] = _rule("b", 1, length, len_count="nibbles", right_pad="0")
    for number, length in _TEXT.items():
        spec[str(number)] = _rule("latin-1", 0, length)
    for number, length in _LLCHAR.items():
        spec[str(number)] = _rule("latin-1", 1, length)
    for number, length in _LLLCHAR.items():
        spec[str(number)] = _rule("latin-1", 2, length)
    for number, length in _BINARY.items():
        spec[str(number)] = _rule("b", 0, length)
    return spec
