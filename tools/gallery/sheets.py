# SPDX-License-Identifier: MIT
"""Contact sheets of all screens: one a chapter, a row for each screen and page, the languages side by side.

Two colours, so that they stay small: lit pixels are white on black, captions black on white in the terminal's own font.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from PIL import Image

from tools.emulator.frame import HEIGHT, WIDTH
from tools.emulator.render import text_width
from tools.gallery import design, judge, studio
from tools.gallery.design import glass, write
from tools.gallery.listing import CHAPTERS, LANGUAGES, Screen, screens
from tools.gallery.studio import Picture
from tools.glyphs import container

FOLDER: Final = "docs/screens"
_SCALE: Final = 2
_EDGE: Final = 6  # of the glass around the pixels
_GAP: Final = 14
_CELL: Final = (WIDTH * _SCALE + 2 * _EDGE, HEIGHT * _SCALE + 2 * _EDGE)
_LINE: Final = container.HEIGHT + 6  # of a caption
_PAPER = 1
_NAMES: Final = {"zh": "zh 简体中文", "zh-Hant": "zh-Hant 繁體中文", "en": "en English"}


def _left(column: int) -> int:
    return _GAP + column * (_CELL[0] + _GAP)


def _sheet(rows: Sequence[tuple[str, Sequence[Picture | None]]]) -> Image.Image:
    """Rows of a caption and a picture, or none, for each language."""
    step = _CELL[1] + _LINE + _GAP // 2
    whole = Image.new("1", (_left(len(LANGUAGES)), 2 * _GAP + _LINE + len(rows) * step), _PAPER)
    for column, language in enumerate(LANGUAGES):
        write(whole, _left(column) + _EDGE, _GAP, _NAMES[language])
    for number, (caption, pictures) in enumerate(rows):
        y = _GAP + _LINE + number * step
        for column, picture in enumerate(pictures):
            if picture is not None:
                whole.paste(glass(picture.frame, _SCALE, _EDGE), (_left(column), y))
        write(whole, (whole.width - text_width(caption)) // 2, y + _CELL[1] + 3, caption)
    return whole


def _rows(screen: Screen, pages: Sequence[Sequence[Picture]]) -> list[tuple[str, Sequence[Picture | None]]]:
    """`pages` of each language; one may need more of them than another."""
    count = max(map(len, pages))
    ends = ["" if count == 1 else f" {number}/{count}" for number in range(1, count + 1)]
    return [(screen.name + end, row) for end, row in zip(ends, zip_longest(*pages), strict=True)]


def drawn(galleries: Mapping[str, Sequence[Picture]]) -> dict[str, Image.Image]:
    """The sheet of each chapter by its path from the top of the tree; `galleries` are the pictures of each language."""
    groups = [judge.screens_of(galleries[language]) for language in LANGUAGES]
    rows: dict[str, list[tuple[str, Sequence[Picture | None]]]] = {chapter: [] for chapter in CHAPTERS}
    for pages in zip(*groups, strict=True):
        screen = pages[0][0].screen
        rows[screen.chapter] += _rows(screen, pages)
    return {f"{FOLDER}/{chapter}.png": _sheet(lines) for chapter, lines in rows.items()}


def taken() -> dict[str, Image.Image]:
    """All sheets, shown anew; RefusedError if the firmware cannot show a screen."""
    listing = screens()
    galleries = {language: studio.pictures(language, listing) for language in LANGUAGES}
    parts = {f"{FOLDER}/parts.png": design.parts(galleries["en"]), f"{FOLDER}/icons.png": design.icon_row()}
    return parts | drawn(galleries)
