# SPDX-License-Identifier: MIT
"""A stock MicroPython image for the ESP32, checked and taken apart: its bootloader and its application.

Such a file is meant for 0x1000 and holds bootloader, partition table (not used: ours takes its place) and application,
at the distances that they have in the flash. A merged image that begins at 0 is taken too.
"""

import re
from pathlib import Path
from typing import Final

from tools import esp_image
from tools.emulator.bootloader import LOADER_START, TABLE_START
from tools.emulator.image import Firmware, Region
from tools.errors import RefusedError

OLDEST: Final = (1, 25)
NEWEST: Final = (1, 29)
_MOST: Final = 16 << 20
_NUMBER: Final = re.compile(r"v?(\d+)\.(\d+)(\.\d+)?")
_BANNER: Final = re.compile(rb"MicroPython (v\d+\.\d+[^ \0]*) on ")
_UF2: Final = b"UF2\n"


def supported(number: tuple[int, int]) -> bool:
    return OLDEST <= number <= NEWEST


def range_in_words() -> str:
    return f"{'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))}"


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST:
            raise RefusedError(f"{path}: larger than any flash of an ESP32; not a MicroPython image")
        return path.read_bytes()
    except OSError as fault:
        raise RefusedError(f"{path}: {fault.strerror}") from None


def _from_loader(path: Path, data: bytes) -> bytes:
    """The file from the bootloader on."""
    if data[:4] == _UF2:
        raise RefusedError(f"{path}: a UF2 file; take the .bin of the same release")
    if data[:LOADER_START].strip(b"\xff") == b"":
        data = data[LOADER_START:]
    if data[:1] != bytes((esp_image.MAGIC,)):
        raise RefusedError(f"{path}: not an image for the ESP32")
    return data


def _image(path: Path, data: bytes, what: str) -> tuple[bytes, esp_image.Image]:
    try:
        image = esp_image.read(data)
    except esp_image.ImageError as fault:
        raise RefusedError(f"{path}: {what}: {fault}") from None
    return data[: image.size], image


def _version(app: bytes, described: str) -> str:
    """As the application describes itself; a build from a source archive says it in its banner only."""
    if _NUMBER.match(described):
        return described
    banner = _BANNER.search(app)
    return banner[1].decode("ascii", "replace") if banner else ""


def _check_version(path: Path, version: str) -> None:
    found = _NUMBER.match(version)
    if found is None:
        raise RefusedError(f"{path}: does not say which MicroPython it is; take an image of micropython.org")
    if not supported((int(found[1]), int(found[2]))):
        raise RefusedError(f"{path}: MicroPython {version}; this firmware runs on {range_in_words()}")


def load(path: Path, factory: Region) -> tuple[Firmware, str]:
    """The parts to flash and the version; RefusedError says in one line what is wrong with the file."""
    data = _from_loader(path, _read(path))
    bootloader, first = _image(path, data[: TABLE_START - LOADER_START], "bootloader")
    if first.descriptor is not None and first.descriptor.project:
        raise RefusedError(f"{path}: the application alone, without its bootloader; take the release's .bin")
    app, image = _image(path, data[factory.start - LOADER_START :], "application")
    described = image.descriptor
    if described is None or described.project != "micropython":
        raise RefusedError(f"{path}: '{described.project if described else '?'}', not MicroPython")
    version = _version(app, described.version)
    _check_version(path, version)
    if len(app) > factory.size:
        sizes = f"the application has {len(app) >> 10} KiB, its partition {factory.size >> 10} KiB"
        raise RefusedError(f"{path}: {sizes}; take a smaller build")
    return Firmware(bootloader, app), version.removeprefix("v")
