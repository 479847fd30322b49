# SPDX-License-Identifier: MIT
"""Counts what the comparisons of secrets do, element by element: by which index each is read, in which order.

Not a clock: two runs that do the same steps take the same time on a chip without caches for data.
"""

import desk

import iso8583
import secret
import tr31
from firmware import pin_check
from tr31_wrap import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEY = bytes(range(16))
_PIN = b"246810"
_MESSAGE = {"t": "0800", 7: "1120010000", 11: "000001", 41: "10000001", 70: "001"}
steps: "list[tuple[int, int]]" = []  # (which operand, index) in their order; (2, 0) is a round of the digest


class Counted:
    """Bytes that note how they are read."""

    def __init__(self, which: int, data: "Any") -> None:
        self._which = which
        self._data = bytes(data)

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, index: int) -> int:
        steps.append((self._which, index))
        return self._data[index]


def noted(a: "Any", b: "Any") -> bool:
    return secret.is_equal(Counted(0, a), Counted(1, b))


class Hashes:
    """`hashlib` that notes each digest begun."""

    def __init__(self, real: "Any") -> None:
        self._real = real

    def sha256(self, data: "Any") -> "Any":
        steps.append((2, 0))
        return self._real.sha256(data)


def _flipped(data: "Any", at: int) -> bytearray:
    out = bytearray(data)
    out[at] ^= 1
    return out


def _other_digit(block: bytes, at: int) -> bytes:
    return block[:at] + (b"1" if block[at] == 0x30 else b"0") + block[at + 1 :]


def _traces(attempts: "list[Any]") -> "list[Any]":
    """[results, how many different sequences of steps, steps of the first] of calls."""
    results, seen = [], []
    for attempt in attempts:
        steps.clear()
        results.append(attempt())
        if steps not in seen:
            seen.append(list(steps))
    return [results, len(seen), len(seen[0])]


def _unwrap(block: bytes) -> bool:
    try:
        tr31.unwrap(_KEY, block, "M6", "C")
    except ValueError:
        return False
    return True


def main(_order: "dict[str, Any]") -> None:
    iso8583.is_equal = tr31.is_equal = pin_check.is_equal = noted
    pin_check.hashlib = Hashes(pin_check.hashlib)
    for size in (8, 16, 32):
        data = bytes(range(size))
        others = [data] + [bytes(_flipped(data, at)) for at in range(size)]
        desk.tell("is_equal", size=size, traces=_traces([lambda a=data, b=b: noted(a, b) for b in others]))
    sealed = iso8583.seal(_MESSAGE, _KEY)
    spoilt = [sealed] + [_flipped(sealed, at) for at in range(-8, 0)]
    desk.tell("verify", size=8, traces=_traces([lambda m=m: iso8583.verify(m, _KEY) for m in spoilt]))
    learnt = pin_check.learn(_PIN)
    kept = [learnt] + [bytes(_flipped(learnt, at)) for at in range(16, len(learnt))]
    desk.tell("matches", size=32, traces=_traces([lambda d=d: pin_check.matches(d, _PIN) for d in kept]))
    pins = [_PIN] + [bytes(_flipped(_PIN, at)) for at in range(len(_PIN))]
    desk.tell("pin", size=32, traces=_traces([lambda p=p: pin_check.matches(learnt, p) for p in pins]))
    block = wrap(_KEY, "M6", "C", bytearray(range(16)), bytes).encode()
    blocks = [block] + [_other_digit(block, at) for at in range(len(block) - 32, len(block))]
    desk.tell("unwrap", size=16, traces=_traces([lambda b=b: _unwrap(b) for b in blocks]))
    desk.tell("end")
