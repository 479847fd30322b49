# SPDX-License-Identifier: MIT
"""Methods of `esp32.Partition`: reading the table."""

import _rpc
from esp32 import Partition
from micropython import const

_TABLE = const(0x8000)
_ENTRY = const(32)
_MAGIC = const(0x50AA)
_ENOENT = const(2)


def _entries() -> "list[tuple[int, int, int, int, str, bool]]":
    _rpc.flash.seek(_TABLE)
    entries = []
    while True:
        magic, kind, subtype, start, size, label, flags = _rpc.unpack(b"<HBBII16sI", _rpc.flash.read(_ENTRY))
        if magic != _MAGIC:
            return entries
        entries.append((kind, subtype, start, size, str(label.rstrip(b"\0"), "ascii"), bool(flags & 1)))


def __init__(self: Partition, id: "str | int") -> None:
    if id not in (0, 1) and isinstance(id, int):
        raise ValueError
    label = str(b"factory", "ascii") if isinstance(id, int) else id  # a short string would be a name
    for entry in _entries():
        if entry[4] == label:
            self._start, self._size = entry[2:4]
            return
    raise OSError(_ENOENT)


def info(self: Partition) -> "tuple[int, int, int, int, str, bool]":
    for entry in _entries():
        if entry[2] == self._start:
            return entry


def find(type: int = 0, subtype: int = 0xFF, label: "str | None" = None) -> "list[Partition]":
    return [
        Partition(entry[4])
        for entry in _entries()
        if entry[0] == type and subtype in (0xFF, entry[1]) and label in (None, entry[4])
    ]
