# SPDX-License-Identifier: MIT
"""The file firmware/ui/glyphs.bin, written and read: 12-pixel glyphs, half width 6 columns, full width 12.

Little endian: magic, counts of half and full glyphs, block size, 6 zero bytes; the first code point of each block of
full glyphs; sorted code points, half then full; the glyphs in that order, each as MONO_VLSB in two pages: one byte a
column for rows 0-7 (bit 0 on top), then one a column for rows 8-11.
"""

import struct
from collections.abc import Mapping
from pathlib import Path

MAGIC = b"QG12"
HEIGHT, HALF, FULL, BLOCK = 12, 6, 12, 64
PATH = Path(__file__).resolve().parents[2] / "firmware" / "ui" / "glyphs.bin"
_HEADER = "<4sHHH6x"

# A glyph in memory: one integer a column, bit 0 the top row.
Columns = tuple[int, ...]


def _encoded(columns: Columns) -> bytes:
    if any(column >> HEIGHT for column in columns):
        raise ValueError("a glyph higher than its cell")
    return bytes(column & 0xFF for column in columns) + bytes(column >> 8 for column in columns)


def pack(glyphs: Mapping[int, Columns]) -> bytes:
    half = sorted(code for code, columns in glyphs.items() if len(columns) == HALF)
    full = sorted(code for code, columns in glyphs.items() if len(columns) == FULL)
    if len(half) + len(full) != len(glyphs):
        raise ValueError("a glyph neither half nor full width")
    numbers = [*full[::BLOCK], *half, *full]
    parts = [struct.pack(_HEADER, MAGIC, len(half), len(full), BLOCK), struct.pack(f"<{len(numbers)}H", *numbers)]
    parts += [_encoded(glyphs[code]) for code in half + full]
    return b"".join(parts)


def unpack(raw: bytes) -> dict[int, Columns]:
    """Code point -> columns; ValueError when the file is not one of ours or is cut short."""
    magic, halves, fulls, block = struct.unpack_from(_HEADER, raw)
    if magic != MAGIC or block != BLOCK:
        raise ValueError("not a glyph file")
    blocks = -(-fulls // BLOCK)
    at = struct.calcsize(_HEADER)
    numbers = struct.unpack_from(f"<{blocks + halves + fulls}H", raw, at)
    at += 2 * len(numbers)
    glyphs: dict[int, Columns] = {}
    for index, code in enumerate(numbers[blocks:]):
        width = HALF if index < halves else FULL
        upper, lower = raw[at : at + width], raw[at + width : at + 2 * width]
        glyphs[code] = tuple(top | bottom << 8 for top, bottom in zip(upper, lower, strict=True))
        at += 2 * width
    if at != len(raw):
        raise ValueError("a glyph file of the wrong length")
    return glyphs


def load(path: Path = PATH) -> dict[int, Columns]:
    return unpack(path.read_bytes())
