# SPDX-License-Identifier: MIT
"""Makes the key blocks that `tr31` opens: for whoever gives out keys, and for tests."""

from os import urandom

from micropython import const

import tr31

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_HEADER = const(16)  # characters
_MAC_HEX = const(32)  # characters
_SHORT = const(32)  # bytes of cipher text: 2 + 16 or 24 bytes, padded
_LONG = const(48)  # the same for 32 bytes


def wrap(
    kbpk: "bytes | bytearray",
    usage: str,
    mode: str,
    key: "bytes | bytearray",
    random: "Callable[[int], bytes]" = urandom,
    exportability: str = "N",
) -> str:
    """The block of an AES key; `random` gives so many bytes of padding."""
    if len(key) not in (16, 24, 32):
        raise tr31.KeyBlockError("key must be AES")
    if len(mode) != 1 or len((usage + mode).encode()) != 3 or exportability not in ("E", "N", "S"):
        raise tr31.KeyBlockError("malformed header")
    payload = bytearray(_LONG if len(key) == 32 else _SHORT)
    end = 2 + len(key)
    payload[0:2] = (8 * len(key)).to_bytes(2, "big")
    payload[2:end] = key
    payload[end:] = random(len(payload) - end)
    header = "D%04d%sA%s00%s0000" % (_HEADER + 2 * len(payload) + _MAC_HEX, usage, mode, exportability)
    mac = tr31._mac(kbpk, header.encode(), payload)
    tr31._cipher(kbpk, mac).encrypt(payload, payload)
    return header + (payload.hex() + mac.hex()).upper()
