# SPDX-License-Identifier: MIT
"""Images that an ESP32 starts: read and checked as its bootloader does, and small ones built.

Form of esp-idf's `esp_app_format.h`: header, segments, a checksum that is the last byte of a block of 16, SHA-256.
The application's first segment begins with its descriptor: project, version, build date.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final, Self

MAGIC: Final = 0xE9
_HEADER: Final = struct.Struct("<4BI4BHBHH4xB")
_SEGMENT: Final = struct.Struct("<II")
_DESCRIPTOR: Final = struct.Struct("<II8x32s32s16s16s32s32s80x")
_DESCRIPTOR_MAGIC: Final = 0xABCD5432
_CHECKSUM_SEED: Final = 0xEF
_BLOCK: Final = 16
_DIGEST: Final = 32
_MOST_SEGMENTS: Final = 16
_CHIP_ESP32: Final = 0
_CHIPS: Final = {
    2: "ESP32-S2",
    5: "ESP32-C3",
    9: "ESP32-S3",
    12: "ESP32-C2",
    13: "ESP32-C6",
    16: "ESP32-H2",
    18: "ESP32-P4",
}
_DIO_4MB_40M: Final = (0x02, 0x20)
_ANY_REVISION: Final = 0xFFFF


class ImageError(Exception):
    """Not an image that this chip would start; the text says why in a few words."""


@dataclass(frozen=True)
class Descriptor:
    """What an application says of itself."""

    project: str
    version: str
    built: str

    @classmethod
    def read(cls, data: bytes) -> Self | None:
        if len(data) < _DESCRIPTOR.size:
            return None
        magic, _, *texts = _DESCRIPTOR.unpack_from(data)
        if magic != _DESCRIPTOR_MAGIC:
            return None
        version, project, time, date, _, _ = (text.split(b"\0")[0].decode("utf-8", "replace") for text in texts)
        return cls(project, version, f"{date} {time}".strip())

    def packed(self) -> bytes:
        date, _, time = self.built.rpartition(" ")
        texts = (text.encode() for text in (self.version, self.project, time, date, "v5.4"))
        return _DESCRIPTOR.pack(_DESCRIPTOR_MAGIC, 0, *texts, bytes(_DIGEST))


@dataclass(frozen=True)
class Image:
    """A sound image; `size` is what it takes of the data that it was read from."""

    size: int
    entry: int
    segments: tuple[tuple[int, bytes], ...]
    descriptor: Descriptor | None


def _checksum(segments: Sequence[tuple[int, bytes]]) -> int:
    return reduce(xor, b"".join(data for _, data in segments), _CHECKSUM_SEED)


def _read_segments(data: bytes, count: int) -> Iterator[tuple[int, bytes]]:
    at = _HEADER.size
    for number in range(count):
        if len(data) < at + _SEGMENT.size:
            raise ImageError(f"the image is cut off in segment {number}")
        address, size = _SEGMENT.unpack_from(data, at)
        at += _SEGMENT.size
        if len(data) < at + size:
            raise ImageError(f"the image is cut off in segment {number}")
        yield address, data[at : at + size]
        at += size


def _check_header(data: bytes) -> tuple[int, int, bool]:
    """Number of segments, entry, whether a digest follows."""
    if len(data) < _HEADER.size or data[0] != MAGIC:
        raise ImageError("no ESP32 image: its first byte is not E9")
    header = _HEADER.unpack_from(data)
    count, entry, chip, has_digest = header[1], header[4], header[9], header[-1]
    if chip != _CHIP_ESP32:
        raise ImageError(f"an image for {_CHIPS.get(chip, f'chip {chip}')}, not for the ESP32")
    if not 1 <= count <= _MOST_SEGMENTS:
        raise ImageError(f"an image of {count} segments")
    return count, entry, bool(has_digest)


def read(data: bytes) -> Image:
    """The image at the start of `data`; ImageError when it is damaged or for another chip."""
    count, entry, has_digest = _check_header(data)
    segments = tuple(_read_segments(data, count))
    end = _HEADER.size + sum(_SEGMENT.size + len(part) for _, part in segments)
    end = (end // _BLOCK + 1) * _BLOCK
    if len(data) < end + _DIGEST * has_digest:
        raise ImageError("the image is cut off at its end")
    if data[end - 1] != _checksum(segments):
        raise ImageError("the image is damaged: wrong checksum")
    if has_digest and hashlib.sha256(data[:end]).digest() != data[end : end + _DIGEST]:
        raise ImageError("the image is damaged: wrong digest")
    return Image(end + _DIGEST * has_digest, entry, segments, Descriptor.read(segments[0][1]))


def build(segments: Sequence[tuple[int, bytes]], entry: int) -> bytes:
    """An image for any revision of the ESP32 with 4 MB of flash."""
    mode, size = _DIO_4MB_40M
    drive = (0xEE, 0, 0, 0)  # write-protect pin not used; pads as the fuses say
    image = bytearray(
        _HEADER.pack(MAGIC, len(segments), mode, size, entry, *drive, _CHIP_ESP32, 0, 0, _ANY_REVISION, 1)
    )
    for address, data in segments:
        padded = data + bytes(-len(data) % 4)
        image += _SEGMENT.pack(address, len(padded)) + padded
    image += bytes(_BLOCK - 1 - len(image) % _BLOCK)
    image.append(_checksum(segments))
    return bytes(image) + hashlib.sha256(image).digest()
