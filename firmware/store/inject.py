# SPDX-License-Identifier: MIT
"""Keys as they are brought in at provisioning: key blocks under a transport key, and that key in two components.

On loan while `qiandao provision` runs. Invariant: the transport key comes into being here alone and is wiped here; a
key that is weak, for another use or there twice is refused, at a time when nothing is written. No error holds a key.
"""

from micropython import const

import tr31
from firmware.errors import StoreError
from secret import is_equal, wipe

_PURPOSES = (("K1", "D"), ("M6", "C"), ("P0", "E"))  # TMK, TAK0, TPK0: protocol.md clause 3
_LEAST_VARIETY = const(8)  # different bytes; a random key has fewer once in 10^14


def keys_of(blocks: "tuple[bytes, ...]", parts: "list[bytearray]") -> "list[bytearray]":
    """[TMK, TAK0, TPK0], for the caller to wipe. `parts`, the two components, are wiped.

    Where the first block is empty the components make the TMK itself, and the other blocks are under it.
    """
    over = _joined(parts)
    keys: "list[bytearray]" = []
    try:
        for i in range(len(_PURPOSES)):
            is_itself = i == 0 and not blocks[0]
            keys.append(bytearray(over) if is_itself else tr31.unwrap(over, blocks[i], *_PURPOSES[i]))
        _check(keys + ([over] if blocks[0] else []))
    except (StoreError, tr31.KeyBlockError):
        wipe_all(keys)
        raise
    finally:
        wipe(over)
    return keys


def wipe_all(keys: "list[bytearray]") -> None:
    for key in keys:
        wipe(key)


def _joined(parts: "list[bytearray]") -> bytearray:
    """Exclusive or of two components, which both must be good: beside a weak one, the other is nearly the key."""
    first, second = parts
    try:
        if len(first) != len(second):
            raise StoreError("C2", "parts")
        _check(parts)
        return bytearray([first[i] ^ second[i] for i in range(len(first))])
    finally:
        wipe_all(parts)


def _check(keys: "list[bytearray]") -> None:
    """StoreError C2 "weak" or "same"."""
    for i in range(len(keys)):
        if len(set(keys[i])) < _LEAST_VARIETY:
            raise StoreError("C2", "weak")
        for other in keys[:i]:
            if is_equal(other, keys[i]):
                raise StoreError("C2", "same")
