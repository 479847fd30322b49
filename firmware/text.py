# SPDX-License-Identifier: MIT
"""The catalogue of words: one file a language in `firmware/words`, `key=text` a line, sorted, read when asked.

In RAM there are only the offsets of every eighth line; a lookup reads a handful of lines from flash.
"""

from array import array

from micropython import const

LANGUAGES = ("zh", "en", "zh-Hant")  # a place is for ever: records say it
_FOLDER = const("/firmware/words/")
_STRIDE = const(8)

language = ""
_offsets = array("H")


def path(name: str) -> str:
    return _FOLDER + name + ".txt"


def load(name: str) -> None:
    """Switch to a language of LANGUAGES; anything else falls back to the first."""
    global _offsets, language  # noqa: PLW0603  one language at a time is the point of this module
    language = name if name in LANGUAGES else LANGUAGES[0]
    offsets = array("H")
    at = number = 0
    with open(path(language), "rb") as file:
        for line in file:
            if number % _STRIDE == 0:
                offsets.append(at)
            at += len(line)
            number += 1
    _offsets = offsets


def has(key: str) -> bool:
    return bool(_line(key))


def _line(key: str) -> bytes:
    """The line of a key, b"" if there is none."""
    mark = key.encode() + b"="
    low, high = 0, len(_offsets)
    with open(path(language), "rb") as file:
        while high - low > 1:
            middle = (low + high) // 2
            file.seek(_offsets[middle])
            line = file.readline()
            if line < mark or line.startswith(mark):
                low = middle
            else:
                high = middle
        file.seek(_offsets[low])
        for _ in range(_STRIDE):
            line = file.readline()
            if line.startswith(mark):
                return line
    return b""


def say(key: str, *values: object) -> str:
    """The words of `key` with {0}, {1} .. filled in; the key itself where the catalogue has none."""
    line = _line(key)
    if not line:
        return key
    words = line[len(key) + 1 : -1].decode()
    return words.format(*values) if values else words


def money(minor: int) -> str:
    """An amount in minor units as shown: 1234 -> 12.34."""
    sign = "-" if minor < 0 else ""
    return "%s%d.%02d" % (sign, abs(minor) // 100, abs(minor) % 100)
