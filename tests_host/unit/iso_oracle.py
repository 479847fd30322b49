# SPDX-License-Identifier: MIT
"""pyiso8583 set up as the oracle for lib/iso8583.py: the packager's table written once more, and random messages."""

import random
from typing import Any

import iso8583

Fields = dict[str | int, Any]

# The packager's table once more, by kind and then by size: DE numbers.
_FIXED_NUMBERS = {
    1: (27, 66),
    2: (25, 26, 67),
    3: (19, 20, 21, 22, 23, 24, 68, 69, 70),
    4: (13, 14, 15, 16, 17, 18, 71, 72),
    6: (3, 11, 12, 73),
    8: (8, 9, 10),
    10: (7, *range(74, 82)),
    12: (4, 5, 6, *range(82, 86)),
    16: (53, *range(86, 90)),
    42: (90,),
}
_AMOUNTS = {9: (28, 29, 30, 31), 17: (97,)}
_NUMBERS = {11: (32, 33, 99, 100), 19: (2,), 37: (35,)}
_FIXED_TEXTS = {
    1: (91,), 2: (39, 92), 3: (40, 49, 50, 51), 6: (38, 93), 7: (94,), 8: (41,), 12: (37,), 15: (42,), 25: (98,),
    40: (43,), 42: (95,),
}  # fmt: skip
_SHORT_TEXTS = {17: (101,), 25: (44,), 28: (34, 102, 103), 76: (45,)}
_LONG_TEXTS = {
    100: (104,), 104: (36,), 120: (54,), 999: (46, 47, 48, *range(55, 64), *range(105, 128)),
}  # fmt: skip
_BINARIES = {1: (65,), 8: (52, 64, 128), 16: (96,)}

DIGITS, COUNTED_DIGITS, AMOUNT, TEXT, VARIABLE, BINARY = range(6)


def _rules() -> dict[int, tuple[int, int, int]]:
    """Field number: kind, size, bytes of the length in front."""
    kinds = (
        (_FIXED_NUMBERS, DIGITS, 0),
        (_AMOUNTS, AMOUNT, 0),
        (_NUMBERS, COUNTED_DIGITS, 1),
        (_FIXED_TEXTS, TEXT, 0),
        (_SHORT_TEXTS, VARIABLE, 1),
        (_LONG_TEXTS, VARIABLE, 2),
        (_BINARIES, BINARY, 0),
    )
    return {
        de: (kind, size, prefix) for table, kind, prefix in kinds for size, numbers in table.items() for de in numbers
    }


RULES = _rules()
# pyiso8583 takes 65 for the mark of a third bitmap; it is tested by itself.
COMMON = sorted(RULES.keys() - {65})


def _entry(kind: int, size: int, prefix: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"data_enc": "b", "len_enc": "bcd", "len_type": prefix, "max_len": size, "desc": ""}
    if kind in (TEXT, VARIABLE):
        entry["data_enc"] = "latin-1"
    elif kind == AMOUNT:
        entry["max_len"] = 1 + size // 2
    elif kind == DIGITS:
        entry |= {"len_count": "nibbles", "left_pad": "0"}
    elif kind == COUNTED_DIGITS:
        entry |= {"len_count": "nibbles", "right_pad": "0"}
    return entry


SPEC: dict[str, dict[str, Any]] = {str(de): _entry(*rule) for de, rule in RULES.items()} | {
    "h": _entry(BINARY, 0, 0),
    "t": _entry(DIGITS, 4, 0),
    "p": _entry(BINARY, 8, 0),
    "1": _entry(BINARY, 8, 0),
}


def as_document(fields: Fields) -> dict[str, str]:
    """The same message as pyiso8583 has it: hex for binary, text padded."""
    document = {str(key): value for key, value in fields.items() if key == "t"}
    for de, value in fields.items():
        if isinstance(de, str):
            continue
        kind, size, _ = RULES[de]
        if kind == AMOUNT:
            value = f"{ord(value[0]):02X}{value[1:]}"
        elif kind == TEXT:
            value = value.ljust(size)
        elif kind == BINARY:
            value = value.hex().upper()
        elif kind == VARIABLE:
            value = value.decode("latin-1")
        document[str(de)] = value
    return document


def oracle_packs(fields: Fields) -> bytes:
    document = as_document(fields)
    numbers = [int(key) for key in document if key != "t"]
    bits = bytearray(16 if max(numbers, default=0) > 64 else 8)
    for de in numbers:
        bits[(de - 1) // 8] |= 0x80 >> (de - 1) % 8
    if len(bits) == 16:
        bits[0] |= 0x80
        document["1"] = bits[8:].hex().upper()
    document["p"] = bits[:8].hex().upper()
    return bytes(iso8583.encode(document, SPEC)[0])


def random_value(rng: random.Random, de: int) -> Any:
    kind, size, prefix = RULES[de]
    if prefix:
        size = rng.choice((0, 1, 2, size - 1, size)) if size < 999 else rng.choice((0, 1, 30, 90, rng.randint(0, 999)))
    if kind in (DIGITS, COUNTED_DIGITS):
        return "".join(rng.choices("0123456789", k=size))
    if kind == AMOUNT:
        return rng.choice("CD") + "".join(rng.choices("0123456789", k=size - 1))
    if kind == TEXT:
        return "".join(
            chr(rng.choice((rng.randrange(0x20, 0x7F), rng.randrange(0xA0, 0x100)))) for _ in range(size)
        ).rstrip(" ")
    return rng.randbytes(size)


def random_fields(rng: random.Random) -> Fields:
    """At most 2,048 bytes, the profile's limit."""
    fields: Fields = {"t": f"{rng.randrange(10_000):04d}"}
    room = 2048 - 18
    for de in rng.sample(COMMON, rng.randint(0, 24)):
        value = random_value(rng, de)
        room -= 2 + len(value)
        if room < 0:
            break
        fields[de] = value
    return fields
