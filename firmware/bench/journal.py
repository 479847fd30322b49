# SPDX-License-Identifier: MIT
"""`@journal N`: the journal's raw slots from N on, eight at a time, for a backup (C1). It holds no secret."""

from binascii import b2a_base64

import esp32
from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

_SLOT = const(64)
_PIECE = const(512)
_SECTOR = const(4096)
_BLANK = b"\xff" * 512


def _is_blank(data: bytearray) -> bool:
    return data == _BLANK


async def answer(_t: "Terminal", words: "list[str]") -> "dict[str, Any]":
    partition = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]
    size = partition.ioctl(4, 0) * _SECTOR
    at = int(words[0]) * _SLOT // _PIECE * _PIECE if words else 0
    if not 0 <= at < size:
        raise ValueError
    data = bytearray(_PIECE)
    while at < size:
        partition.readblocks(at // _SECTOR, data, at % _SECTOR)
        at += _PIECE
        if not _is_blank(data):
            break
    else:
        data = bytearray(0)
    return {
        "slots": size // _SLOT,
        "at": (at - len(data)) // _SLOT,
        "data": b2a_base64(bytes(data), newline=False).decode(),
        "next": at // _SLOT if at < size else -1,
    }
