# SPDX-License-Identifier: MIT
"""Damaged `nvs` regions: what the storage still gives of a terminal's records, or the errors it gives instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from tools.emulator.nvs import Nvs, NvsError
from tools.fuzz.chip import mutate
from tools.fuzz.device import Device

_SIZE: Final = 0x6000
_PAGE: Final = 4096
_NAMESPACE: Final = "qiandao"
_HEAP: Final = 2


class _Flash:
    """NOR flash in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)

    def read(self, start: int, size: int) -> bytes:
        return bytes(self.data[start : start + size])

    def program(self, start: int, data: bytes) -> int:
        for at, value in enumerate(data, start):
            self.data[at] &= value
        return 0

    def erase(self, start: int, size: int) -> int:
        self.data[start : start + size] = b"\xff" * size
        return 0


def region(orders: list[dict[str, Any]], folder: Path) -> bytes:
    """The region of a terminal provisioned with one order after the other, as the chip's storage writes it."""
    with Device("records", {"orders": orders}, folder, _HEAP) as device:
        blobs = json.loads(device.read()[2:])["blobs"]
    flash = _Flash(b"\xff" * _SIZE)
    storage = Nvs(flash, 0, _SIZE)
    namespace = storage.namespace(_NAMESPACE)
    for name, value in sorted(blobs.items()):
        storage.set_blob(namespace, name, bytes.fromhex(value))
    return bytes(flash.data)


def _damage(data: bytearray) -> None:
    at = mutate.below(len(data) // 2)  # the records lie in front
    page, other = (mutate.below(len(data) // _PAGE) * _PAGE for _ in range(2))
    size = min(1 + mutate.below(400), len(data) - at)
    match mutate.below(7):
        case 0 | 1:
            data[at] ^= 1 << mutate.below(8)
        case 2:
            data[at : at + size] = (b"\xff" if mutate.below(2) else b"\x00") * size
        case 3:
            data[page : page + _PAGE], data[other : other + _PAGE] = (
                data[other : other + _PAGE],
                data[page : page + _PAGE],
            )
        case 4:
            data[other : other + _PAGE] = data[page : page + _PAGE]
        case 5:
            data[at:] = b"\xff" * (len(data) - at)
        case _:
            data[at : at + 32] = mutate.noise(len(data[at : at + 32]))


def _blob(storage: Nvs, name: str) -> str | int:
    try:
        return storage.get_blob(storage.namespace(_NAMESPACE), name).hex()
    except NvsError as error:
        return -error.number


def damaged(data: bytes, seed: int, n: int) -> dict[str, str | int]:
    """What is left of each record; a negative number is the storage's error."""
    mutate.start(seed, n)
    flash = bytearray(data)
    for _ in range(1 + mutate.below(3)):
        _damage(flash)
    storage = Nvs(_Flash(bytes(flash)), 0, _SIZE)
    return {f"{name}_{copy}": _blob(storage, f"{name}_{copy}") for name in ("cfg", "crt", "key") for copy in "ab"}
