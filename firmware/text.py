# SPDX-License-Identifier: MIT
"""The catalogue of words: one file a language in `firmware/words`, `key=text` a line, read from flash when asked.

In RAM there is only a table of 16-bit key hashes and offsets.
"""

import binascii
from array import array

from micropython import const

LANGUAGES = ("zh", "en")
_FOLDER = const("/firmware/words/")
_LONGEST = const(160)  # bytes of a line

language = ""
_hashes = array("H")
_offsets = array("H")


def _hash(key: "bytes | str") -> int:
    return binascii.crc32(key) & 0xFFFF


def load(name: str) -> None:
    """Switch to a language of LANGUAGES; anything else falls back to the first."""
    global _hashes, _offsets, language  # noqa: PLW0603  one language at a time is the point of this module
    language = name if name in LANGUAGES else LANGUAGES[0]
    hashes, offsets = array("H"), array("H")
    at = 0
    with open(_FOLDER + language + ".txt", "rb") as file:
        for line in file:
            hashes.append(_hash(line[: line.find(b"=")]))
            offsets.append(at)
            at += len(line)
    _hashes, _offsets = hashes, offsets


def has(key: str) -> bool:
    return _line(key) is not None


def _line(key: str) -> "bytes | None":
    wanted = _hash(key)
    mark = key.encode() + b"="
    for i in range(len(_hashes)):
        if _hashes[i] == wanted:
            with open(_FOLDER + language + ".txt", "rb") as file:
                file.seek(_offsets[i])
                line = file.read(_LONGEST)
            if line.startswith(mark):  # two keys may share a hash
                return line[: line.find(b"\n")]
    return None


def say(key: str, *values: object) -> str:
    """The words of `key` with {0}, {1} .. filled in; the key itself where the catalogue has none."""
    line = _line(key)
    if line is None:
        return key
    words = line[len(key) + 1 :].decode()
    return words.format(*values) if values else words


def money(minor: int) -> str:
    """An amount in minor units as shown: 1234 -> 12.34."""
    return "%d.%02d" % (minor // 100, minor % 100)
