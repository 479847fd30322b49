# SPDX-License-Identifier: MIT
"""Bytes made wrong: flips, cuts, insertions, lengths, splices, noise. Runs on MicroPython and on CPython.

What comes out follows from the seed and the number of the case alone.
"""

import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_EXTREMES = b"\x00\x01\x09\x0a\x10\x7f\x80\x90\x99\x9a\xa0\xff"


def start(seed: int, case: int) -> None:
    random.seed((seed * 7919 + case * 40503) & 0x3FFFFFFF)
    random.getrandbits(16)
    random.getrandbits(16)


def below(limit: int) -> int:
    """0 .. limit - 1."""
    return random.getrandbits(24) % limit


def noise(size: int) -> bytearray:
    return bytearray([random.getrandbits(8) for _ in range(size)])


def _flip(data: bytearray) -> None:
    for _ in range(1 + below(8)):
        data[below(len(data))] ^= 1 << below(8)


def _cut(data: bytearray) -> None:
    data[below(len(data)) :] = b""


def _insert(data: bytearray) -> None:
    at = below(len(data))
    data[at:at] = noise(1 + below(6))


def _remove(data: bytearray) -> None:
    at = below(len(data))
    data[at : at + 1 + below(6)] = b""


def _extreme(data: bytearray) -> None:
    data[below(len(data))] = _EXTREMES[below(len(_EXTREMES))]


def _double(data: bytearray) -> None:
    at = below(len(data))
    data[at:at] = data[at : at + 1 + below(40)]


def _run(data: bytearray) -> None:
    at = below(len(data))
    size = min(1 + below(24), len(data) - at)
    data[at : at + size] = (b"\x00", b"\xff", b"0", b"9")[below(4)] * size


def _bitmap(data: bytearray) -> None:
    data[2 + below(16) if len(data) > 18 else below(len(data))] ^= 1 << below(8)


_WAYS = (_flip, _flip, _cut, _insert, _remove, _extreme, _double, _run, _bitmap)


def _length(data: bytearray, spots: "Sequence[int]") -> None:
    """A length field says something else: a neighbour, an extreme, no number."""
    at = spots[below(len(spots))]
    if at < len(data):
        old = data[at]
        data[at] = (old + 1 & 0xFF, old - 1 & 0xFF, _EXTREMES[below(len(_EXTREMES))], random.getrandbits(8))[below(4)]


def mutated(data: bytes, other: bytes, spots: "Sequence[int]") -> bytearray:
    """`data` with one to three faults; spliced with `other` or nothing but noise now and then."""
    way = below(16)
    if way == 0:
        return noise(below(220))
    if way == 1:
        cut = below(len(data))
        return bytearray(data[:cut] + other[min(cut, below(len(other) + 1)) :])
    out = bytearray(data)
    if way < 5 and spots:
        _length(out, spots)
        return out
    for _ in range(1 + below(3)):
        if out:
            _WAYS[below(len(_WAYS))](out)
    return out
