# SPDX-License-Identifier: MIT
"""Files in the form of a MicroPython release for the ESP32: bootloader, partition table, application; to be written at
0x1000. Small stand-ins; what is wrong with one is a parameter.
"""

from pathlib import Path
from typing import Final

from tools import esp_image
from tools.emulator import image
from tools.emulator.image import Firmware, stand_in

_DROM: Final = 0x3F400020


def application(project: str = "micropython", version: str = "v1.26.1", banner: bytes = b"", size: int = 64) -> bytes:
    """An application that describes itself so."""
    described = esp_image.Descriptor(project, version, "Sep 11 2025 00:00:00").packed()
    return esp_image.build([(_DROM, described + banner.ljust(size, b"\xa5"))], 0x40080000)


def release(path: Path, app: bytes | None = None, bootloader: bytes | None = None) -> Path:
    """By default with the stand-in of the emulated board's own interpreter."""
    own = stand_in()
    path.write_bytes(image.release(Firmware(bootloader or own.bootloader, app or own.app), image.regions()))
    return path


def for_other_chip(data: bytes) -> bytes:
    """The same for an ESP32-S3."""
    return data[:12] + b"\x09" + data[13:]
