# SPDX-License-Identifier: MIT
"""What it takes to find a character in the font: CPython's byte codes of firmware/ui/glyphs.py for all the words that
the terminal has, beside halving the whole table in the file, which costs a read of the flash each time.
"""

import struct
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, Final

from tools.bench.figure import Figure
from tools.bench.qr import steps
from tools.bench.stand import Stand

_FIRMWARE: Final = Path(__file__).parents[2] / "firmware"
_SOURCE: Final = _FIRMWARE / "ui" / "glyphs.py"
_FONT: Final = _SOURCE.with_name("glyphs.bin")
_HEADER: Final = struct.Struct("<4sHHH6x")
_STRIDE: Final = 64


def _on_computer() -> ModuleType:
    """The chip's own modules are only asked for what looking up does not need."""
    frames, chip = ModuleType("framebuf"), ModuleType("micropython")
    frames.__dict__.update(FrameBuffer=lambda *_: None, MONO_VLSB=0)
    chip.__dict__.update(const=lambda value: value)
    module = ModuleType("glyphs")
    before = {name: sys.modules.get(name) for name in ("framebuf", "micropython")}
    sys.modules.update(framebuf=frames, micropython=chip)
    try:
        exec(compile(_SOURCE.read_text(encoding="utf-8"), str(_SOURCE), "exec"), module.__dict__)
    finally:
        for name, known in before.items():
            if known is None:
                del sys.modules[name]
            else:
                sys.modules[name] = known
    return module


def _characters() -> list[int]:
    """As often as the words of all languages have them."""
    words = [path.read_text(encoding="utf-8") for path in sorted((_FIRMWARE / "words").glob("*.txt"))]
    texts = [line.partition("=")[2] for text in words for line in text.splitlines()]
    return [ord(character) for text in texts for character in text]


def _halve(font: BinaryIO, start: int, count: int, code: int) -> bool:
    """The plain way."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        font.seek(start + 2 * middle)
        there = int.from_bytes(font.read(2), "little")
        if there == code:
            return True
        low, high = (middle + 1, high) if there < code else (low, middle)
    return False


def measure(_: Stand) -> list[Figure]:
    codes = _characters()
    glyphs: Any = _on_computer().Glyphs(str(_FONT))
    assert all(map(glyphs.has, codes))
    ours = steps(lambda: [glyphs.has(code) for code in codes], str(_SOURCE))
    with _FONT.open("rb") as font:
        _, halves, fulls, _ = _HEADER.unpack(font.read(_HEADER.size))
        start = _HEADER.size + 2 * -(-fulls // _STRIDE)
        tables = (start, halves), (start + 2 * halves, fulls)
        plain = steps(lambda: [any(_halve(font, *table, code) for table in tables) for code in codes], __file__)
    each, other = round(ours / len(codes)), round(plain / len(codes))
    return [Figure("glyph_lookup_steps", each, "steps", "halving the table in the file", other)]
