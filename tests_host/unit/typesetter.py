# SPDX-License-Identifier: MIT
"""The firmware's own line breaking with the real font, on MicroPython; and the font's widths, read apart from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests_host.unit.mp import MicroPython
from tools.glyphs import container

ROW: Final = 128  # pixels
_GLYPHS: Final = container.load()
_CODE: Final = f"""
from firmware.ui.glyphs import Glyphs
from firmware.ui.wrap import wrap
glyphs = Glyphs({str(container.PATH)!r})

def wrapped(text):
    return wrap(glyphs, text, {ROW})

def widths(texts):
    return [glyphs.width(text) for text in texts]
"""


@contextmanager
def typesetter() -> Iterator[MicroPython]:
    """Answers `wrapped`, the lines of a text, and `widths` of texts in pixels."""
    with MicroPython(_CODE) as interpreter:
        yield interpreter


def width(text: str) -> int:
    """Pixels of a line, as the font's file says."""
    return sum(len(_GLYPHS[ord(character)]) for character in text)
