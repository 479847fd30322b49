# SPDX-License-Identifier: MIT
"""The parts that screens are made of: one screen of each kind with the rows of its grid, and the icons in the font."""

from collections.abc import Sequence
from typing import Final

from PIL import Image

from tools.emulator.frame import HEIGHT, WIDTH
from tools.gallery import judge
from tools.gallery.studio import Picture, Text
from tools.glyphs import container, icons

_SCALE: Final = 3
_EDGE: Final = 6  # of the glass around the pixels
_GAP: Final = 14
_LABEL: Final = 120  # pixels for the words beside a screen
_PAPER, _INK = 1, 0
_COLUMNS: Final = 2
_ICON_SCALE: Final = 3
_USED: Final = ("lock", "link", "battery")
_ROWS: Final = ("status", "title", "text", "text", "hint")
_LARGE: Final = ("status", "title", "large text", "", "hint")
# Chapter, screen, page and what each row is.
_PARTS: Final = (
    ("sign-in", "PIN wrong", 0, _ROWS),
    ("lock", "locked: sign_in", 0, ("status", "title", "why, inverse", "detail", "hint")),
    ("sign-in", "PIN typed", 0, _LARGE),
    ("ready", "menu", 1, ("status", "title", "item in focus", "item", "item")),
    ("sign-out", "sign-out: settle", 0, ("status", "title", "text", "bar", "warning")),
    ("sale", "code", 0, ("words", "amount", "number", "time left", "way out")),
)


def glass(frame: bytes, scale: int, edge: int = _EDGE) -> Image.Image:
    """A frame, white on black, in its dark rim of `edge` image pixels."""
    image = Image.new("1", (WIDTH * scale + 2 * edge, HEIGHT * scale + 2 * edge), _INK)
    pixels = Image.frombytes("L", (WIDTH, HEIGHT), bytes(255 * pixel for pixel in frame))
    image.paste(pixels.resize((WIDTH * scale, HEIGHT * scale), Image.Resampling.NEAREST).convert("1"), (edge, edge))
    return image


def write(image: Image.Image, x: int, y: int, words: str, scale: int = 1) -> None:
    """Black, in the terminal's font."""
    for at in judge.ink(Text(words, x, y, scale)):
        image.putpixel(at, _INK)


def _part(picture: Picture, rows: Sequence[str]) -> Image.Image:
    """A screen, and beside each row a mark as high as the row's 12 pixels."""
    screen = glass(picture.frame, _SCALE)
    image = Image.new("1", (screen.width + _LABEL, screen.height), _PAPER)
    image.paste(screen, (0, 0))
    for row, words in enumerate(rows):
        top = _EDGE + row * judge.PITCH * _SCALE
        height = container.HEIGHT * _SCALE * (2 if words == "large text" else 1)
        if words:
            image.paste(_INK, (screen.width + 3, top, screen.width + 5, top + height))
            write(image, screen.width + 10, top + (height - container.HEIGHT) // 2, words)
    return image


def parts(pictures: Sequence[Picture]) -> Image.Image:
    """One screen of each kind, of a gallery."""
    by_place = {(picture.screen.chapter, picture.screen.name, picture.page): picture for picture in pictures}
    drawings = [_part(by_place[chapter, name, page], rows) for chapter, name, page, rows in _PARTS]
    width, height = drawings[0].width + _GAP, drawings[0].height + _GAP
    whole = Image.new("1", (_COLUMNS * width + _GAP, -(-len(drawings) // _COLUMNS) * height + _GAP), _PAPER)
    for number, drawing in enumerate(drawings):
        whole.paste(drawing, (_GAP + number % _COLUMNS * width, _GAP + number // _COLUMNS * height))
    return whole


def icon_row() -> Image.Image:
    """The status row's icons with their names, from the terminal's font."""
    shown = {code: name for code, name in icons.names().items() if name.rstrip("0123456789") in _USED}
    step = 64
    whole = Image.new("1", (_GAP + len(shown) * step, 2 * _GAP + container.HEIGHT * (_ICON_SCALE + 1) + 4), _PAPER)
    for number, (code, name) in enumerate(sorted(shown.items())):
        x = _GAP + number * step
        write(whole, x, _GAP, chr(code), _ICON_SCALE)
        write(whole, x, _GAP + container.HEIGHT * _ICON_SCALE + 4, name)
    return whole
