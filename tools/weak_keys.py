# SPDX-License-Identifier: MIT
"""Refuses keys that somebody could guess: patterns, the samples that the protocol and the standards publish, one key
for two uses. What is said of a key is why it is refused, never its value.
"""

from collections.abc import Mapping
from typing import Final

_SIZES: Final = (16, 32)  # AES-128, AES-256
_LEAST_VARIETY: Final = 8  # different bytes; a random key of 16 bytes has fewer once in 10^14
_RUN: Final = "0123456789ABCDEF" * 5
_PUBLISHED: Final = (
    "00112233445566778899AABBCCDDEEFF",  # the profile's samples, and FIPS 197
    "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF",
    "B0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF",
    "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF",
    "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF",
    "2B7E151628AED2A6ABF7158809CF4F3C",  # RFC 4493, NIST SP 800-38
    "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4",
    "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6",  # ANSI X9.143
    "3F419E1CB7079442AA37474C2EFBF8B8",
    "C1D0F8FB4958670DBA40AB1F3752EF0D",  # ISO 9564-1 format 4
)


def _has_period(key: bytes) -> bool:
    """Equal halves, quarters .. down to one byte repeated."""
    return any(key == key[:size] * (len(key) // size) for size in (1, 2, 4, 8, len(key) // 2))


def _is_arithmetic(key: bytes) -> bool:
    """Each byte the same step from the one before it: 00 01 02.., FF FE FD.., 00 11 22.."""
    return len({(key[i + 1] - key[i]) & 0xFF for i in range(len(key) - 1)}) == 1


def _is_digits_in_turn(key: bytes) -> bool:
    """Hexadecimal digits upwards or downwards, also back and forth (01 23 .. EF FE .. 10)."""
    text = key.hex().upper()
    parts = [text[at : at + 16] for at in range(0, len(text), 16)]
    return all(part in _RUN or part[::-1] in _RUN for part in parts)


def weakness(key: bytes) -> str:
    """Why a key is not used; empty for a good one."""
    if len(key) not in _SIZES:
        return "it is not 16 or 32 bytes long"
    if not any(key):
        return "it is all zeros"
    if key.hex().upper() in _PUBLISHED:
        return "it is a published sample"
    if _has_period(key):
        return "its bytes repeat"
    if _is_arithmetic(key) or _is_digits_in_turn(key):
        return "it is a sequence"
    if len(set(key)) < _LEAST_VARIETY:
        return "it has too few different bytes"
    return ""


def weakest(keys: Mapping[str, bytes]) -> str:
    """What is wrong with the first bad key of a terminal, in a line; empty when all are good and differ."""
    for name, key in keys.items():
        if reason := weakness(key):
            return f"{name} is weak: {reason}"
    seen: dict[bytes, str] = {}
    for name, key in keys.items():
        if key in seen:
            return f"{name} and {seen[key]} are the same key"
        seen[key] = name
    return ""
