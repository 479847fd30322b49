# SPDX-License-Identifier: MIT
"""The 12-pixel font, read from the file glyph by glyph: half width 6x12, full width 12x12.

File: 16-byte header, first code point of each block of 64, sorted half-width and full-width code points (u16 LE),
then MONO_VLSB glyphs of 12 and 24 bytes. Only the block index and where half-width code points follow each other
without a gap are kept in RAM.
"""

import struct
from array import array

import framebuf
from micropython import const

HEIGHT = 12
HALF = 6
FULL = 12
_HEADER = const(16)
_BLOCK = const(64)


def code_at(data: bytes, at: int) -> int:
    """Code point of the UTF-8 sequence at an offset. Text is walked as bytes: every single-character string that
    MicroPython makes is interned for ever."""
    first = data[at]
    if first < 0x80:
        return first
    if first < 0xE0:
        return (first & 0x1F) << 6 | data[at + 1] & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | data[at + 2] & 0x3F
    return 0xFFFD  # beyond what the font can hold


def size_of(code: int) -> int:
    """Bytes of a code point in UTF-8; those beyond the font take the four bytes of U+FFFD's stand-ins."""
    if code < 0x80:
        return 1
    return 2 if code < 0x800 else 4 if code == 0xFFFD else 3


def _find(table: "bytes | bytearray", count: int, code: int) -> int:
    """Index of the last of `count` sorted u16 that is <= code, or -1."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if table[2 * middle] | table[2 * middle + 1] << 8 <= code:
            low = middle + 1
        else:
            high = middle
    return low - 1


class Glyphs:
    """Looks glyphs up and draws them into a frame buffer."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb")  # noqa: SIM115  stays open as long as the terminal runs
        magic, halves, self._fulls, block = struct.unpack_from("<4sHHH", self._file.read(_HEADER))
        if magic != b"QG12" or block != _BLOCK:
            raise ValueError("glyphs")
        blocks = (self._fulls + _BLOCK - 1) // _BLOCK
        self._index = self._file.read(2 * blocks)
        codes = self._file.read(2 * halves)
        self._runs = bytearray()  # the first code points
        self._ranks = array("H")  # which glyph each begins with; how many there are
        before = -1
        for i in range(halves):
            code = codes[2 * i] | codes[2 * i + 1] << 8
            if code != before + 1:
                self._runs.extend(codes[2 * i : 2 * i + 2])
                self._ranks.append(i)
            before = code
        self._ranks.append(halves)
        self._full_codes_at = _HEADER + 2 * (blocks + halves)
        self._half_at = self._full_codes_at + 2 * self._fulls
        self._full_at = self._half_at + 2 * HALF * halves
        self._codes = bytearray(2 * _BLOCK)
        self._bits = bytearray(2 * FULL)
        self._half = framebuf.FrameBuffer(self._bits, HALF, HEIGHT, framebuf.MONO_VLSB)
        self._full = framebuf.FrameBuffer(self._bits, FULL, HEIGHT, framebuf.MONO_VLSB)

    def _half_index(self, code: int) -> int:
        at = _find(self._runs, len(self._ranks) - 1, code)
        if at < 0:
            return -1
        index = self._ranks[at] + code - (self._runs[2 * at] | self._runs[2 * at + 1] << 8)
        return index if index < self._ranks[at + 1] else -1

    def cell(self, code: int) -> int:
        """Width of a character's cell in pixels."""
        return HALF if self._half_index(code) >= 0 else FULL

    def width(self, text: "str | bytes") -> int:
        """Pixels that a line of text takes."""
        data = text.encode() if isinstance(text, str) else text
        total = at = 0
        while at < len(data):
            code = code_at(data, at)
            total += self.cell(code)
            at += size_of(code)
        return total

    def _full_index(self, code: int) -> int:
        block = _find(self._index, len(self._index) // 2, code)
        if block < 0:
            return -1
        count = min(_BLOCK, self._fulls - block * _BLOCK)
        self._file.seek(self._full_codes_at + 2 * _BLOCK * block)
        self._file.readinto(self._codes)
        at = _find(self._codes, count, code)
        if at >= 0 and self._codes[2 * at] | self._codes[2 * at + 1] << 8 == code:
            return block * _BLOCK + at
        return -1

    def load(self, code: int) -> int:
        """Read a glyph into the scratch buffer and tell its width; a missing one becomes a box."""
        at = self._half_index(code)
        width, base = HALF, self._half_at
        if at < 0:
            at = self._full_index(code)
            width, base = FULL, self._full_at
        if at < 0:
            self._full.fill(0)
            self._full.rect(1, 1, FULL - 2, HEIGHT - 2, 1)
            return FULL
        self._file.seek(base + 2 * width * at)
        self._file.readinto(self._bits, 2 * width)
        return width

    def has(self, code: int) -> bool:
        return self._half_index(code) >= 0 or self._full_index(code) >= 0

    def draw(self, target: framebuf.FrameBuffer, text: str, x: int, y: int, scale: int = 1) -> int:
        """Draw a line and return the x behind it; `scale` 2 doubles each pixel."""
        data = text.encode()
        at = 0
        while at < len(data):
            code = code_at(data, at)
            at += size_of(code)
            width = self.load(code)
            glyph = self._half if width == HALF else self._full
            if scale == 1:
                target.blit(glyph, x, y)
            else:
                self._enlarge(target, glyph, width, x, y, scale)
            x += width * scale
        return x

    def _enlarge(
        self, target: framebuf.FrameBuffer, glyph: framebuf.FrameBuffer, width: int, x: int, y: int, scale: int
    ) -> None:
        for column in range(width):
            for row in range(HEIGHT):
                if glyph.pixel(column, row):
                    target.fill_rect(x + column * scale, y + row * scale, scale, scale, 1)
