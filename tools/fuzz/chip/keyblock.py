# SPDX-License-Identifier: MIT
"""Wrong key blocks into lib/tr31: ValueError, and a key only from a block that is whole."""

import mutate
from drive import Finding

import tr31
from tr31_wrap import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PURPOSES = (("M6", "C"), ("P0", "E"), ("K1", "D"))
_DIGITS = b"0123456789ABCDEFabcdef"


class Part:
    """Good blocks of all sizes, and what becomes of them."""

    def __init__(self, order: "dict[str, Any]") -> None:
        self._kbpk = bytes.fromhex(order["keys"][0])
        self._blocks = []
        for usage, mode in _PURPOSES:
            for size in (16, 32):
                key = bytearray([i * 7 + size & 0xFF for i in range(size)])
                block = wrap(self._kbpk, usage, mode, key, bytes)
                self._blocks.append((block.encode(), key, usage, mode))
        self.shown = b""
        self.counts = {"refused": 0, "same": 0}

    def _wrong(self, block: bytes, other: bytes) -> bytearray:
        way = mutate.below(3)
        if way == 0:
            return mutate.mutated(block, other, (1, 2, 3, 4, 12, 13))
        out = bytearray(block)
        for _ in range(1 + mutate.below(4)):  # in the block's own alphabet, or it would be refused for its looks
            out[mutate.below(16 if way == 1 else len(out))] = _DIGITS[mutate.below(len(_DIGITS))]
        return out

    def case(self, _n: int) -> None:
        block, _, usage, mode = self._blocks[mutate.below(len(self._blocks))]
        other = self._blocks[mutate.below(len(self._blocks))][0]
        self.shown = wrong = self._wrong(block, other)
        try:
            found = tr31.unwrap(self._kbpk, bytes(wrong), usage, mode)
        except ValueError:
            self.counts["refused"] += 1
            return
        if not any(bytes(wrong).upper() == good[0] and found == good[1] for good in self._blocks):
            raise Finding("a key out of an altered block")
        self.counts["same"] += 1
