# SPDX-License-Identifier: MIT
"""Judges a picture by its pixels: nothing cut, nothing over something else, nothing that the font does not have.

What should be seen is put together here from the font and from where each text was drawn, whatever the panel's size.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations
from typing import Final

from tools.emulator.frame import HEIGHT, WIDTH
from tools.gallery.studio import Picture, Text
from tools.glyphs import container

PITCH: Final = 13
SIDE_X: Final = 68  # where a code and the light around it end
_GLYPHS: Final = container.load()


@dataclass(frozen=True)
class Box:
    """Pixels from (x, y) to before (right, bottom)."""

    name: str
    x: int
    y: int
    right: int
    bottom: int

    def meets(self, other: "Box") -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


def _columns(character: str) -> container.Columns:
    return _GLYPHS.get(ord(character), (0,) * container.FULL)


def width(words: str) -> int:
    """Pixels at single size."""
    return sum(len(_columns(character)) for character in words)


def box(text: Text) -> Box:
    right, bottom = text.x + text.scale * width(text.words), text.y + text.scale * container.HEIGHT
    return Box(text.words, text.x, text.y, right, bottom)


@lru_cache(4096)
def ink(text: Text) -> frozenset[tuple[int, int]]:
    """Lit pixels (x, y) of a text wherever it lies, on the panel or off it."""
    lit: set[tuple[int, int]] = set()
    left = text.x
    for character in text.words:
        for column in _columns(character):
            for row in range(container.HEIGHT):
                if column >> row & 1:
                    at = left, text.y + row * text.scale
                    lit.update((at[0] + dx, at[1] + dy) for dx in range(text.scale) for dy in range(text.scale))
            left += text.scale
    return frozenset(lit)


def _is_code(picture: Picture) -> bool:
    return bool(picture.screen.order["kind"] == "code")


def _places(picture: Picture) -> Iterator[Box]:
    """Of what is not text."""
    if _is_code(picture):
        yield Box("code", 0, 0, SIDE_X, HEIGHT)
    for row in picture.bars:
        yield Box("bar", 0, row * PITCH, WIDTH, (row + 1) * PITCH)


def cut(picture: Picture) -> Iterator[str]:
    """A text's cells lie in the rows of the grid that it takes, on the panel, and right of a code."""
    left = SIDE_X if _is_code(picture) else 0
    for text in picture.texts:
        cells, first = box(text), text.y // PITCH
        bottom = min((first + text.scale) * PITCH, HEIGHT)
        if cells.x < left or cells.right > WIDTH or cells.bottom > bottom:
            yield f"cut: {text.words}"


def overlap(picture: Picture) -> Iterator[str]:
    """No text's cells meet another's, a bar or a code."""
    boxes = [*map(box, picture.texts), *_places(picture)]
    for first, second in combinations(boxes, 2):
        if first.meets(second):
            yield f"overlap: {first.name} and {second.name}"


def unknown(picture: Picture) -> Iterator[str]:
    """Every character has a glyph; without one the firmware draws a box."""
    for text in picture.texts:
        if missing := {character for character in text.words if ord(character) not in _GLYPHS}:
            yield f"no glyph: {''.join(sorted(missing))} in {text.words}"


def _cells(text: Text) -> Iterator[tuple[int, int]]:
    """Left upper corners."""
    widths = [text.scale * len(_columns(character)) for character in text.words]
    yield from ((x, text.y) for x in accumulate(widths[:-1], initial=text.x))


def boxes(picture: Picture) -> Iterator[str]:
    """No cell of a text shows the box that stands for a missing glyph, light on dark or dark on light."""
    side = container.FULL
    rim = {(x, y) for x in range(1, side - 1) for y in range(1, side - 1) if {x, y} & {1, side - 2}}
    samples = [bytes(((x, y) in rim) ^ flip for y in range(side) for x in range(side)) for flip in (False, True)]
    for text in picture.texts:
        for left, top in _cells(text):
            rows = [(top + y * text.scale) * WIDTH + left for y in range(side)]
            cell = b"".join(picture.frame[row : row + side * text.scale : text.scale] for row in rows)
            if cell in samples:
                yield f"box in {text.words}"


def astray(picture: Picture) -> Iterator[str]:
    """The panel shows these texts and nothing else: what lay over them or outlived them would be seen."""
    lit: set[tuple[int, int]] = set().union(*map(ink, picture.texts))
    for row in picture.inverse:
        band = {(x, y) for x in range(WIDTH) for y in range(row * PITCH, row * PITCH + container.HEIGHT)}
        lit ^= band
    shown = {(at % WIDTH, at // WIDTH) for at, pixel in enumerate(picture.frame) if pixel}
    for place in _places(picture):
        inside = {(x, y) for x in range(place.x, place.right) for y in range(place.y, place.bottom)}
        lit, shown = lit - inside, shown - inside
    if stray := lit ^ shown:
        yield f"astray: {len(stray)} pixels from {min(stray, key=lambda at: (at[1], at[0]))}"


def torn(pages: Sequence[Picture]) -> Iterator[str]:
    """No Latin word and no number is broken between lines, and no line holds one lone character."""
    said = [words for picture in pages for _, words in picture.said]
    plain = [words for words in pages[0].screen.order.get("text", []) if isinstance(words, str)]
    whole = set(re.findall(r"[A-Za-z0-9.:]+", " ".join(said + plain)))
    lines = [text.words for picture in pages for text in body(picture)]
    for first, second in zip(lines, lines[1:], strict=False):
        tail, head = re.search(r"[A-Za-z0-9.:]+$", first), re.match(r"[A-Za-z0-9.:]+", second)
        if tail and head and tail[0] + head[0] in whole - {tail[0], head[0]}:
            yield f"torn: {tail[0]} {head[0]}"
    for line in lines:
        if len(line.strip("。，？！?")) <= 1:
            yield f"lone: {line}"


def body(picture: Picture) -> list[Text]:
    """The lines of a message between title and hint."""
    if picture.screen.order["kind"] not in ("message", "fault", "failures"):
        return []
    return sorted((text for text in picture.texts if text.y in (2 * PITCH, 3 * PITCH)), key=lambda text: text.y)


RULES: Final = (cut, overlap, unknown, boxes, astray)


def faults(pictures: Iterable[Picture]) -> list[str]:
    """All that is wrong with them, each with the screen's name."""
    found = [
        f"{picture.screen.chapter}/{picture.screen.name}/{picture.page} {fault}"
        for picture in pictures
        for rule in RULES
        for fault in rule(picture)
    ]
    return found


def screens_of(pictures: Iterable[Picture]) -> list[list[Picture]]:
    """The pages of each screen."""
    groups: list[list[Picture]] = []
    for picture in pictures:
        if groups and groups[-1][0].screen is picture.screen:
            groups[-1].append(picture)
        else:
            groups.append([picture])
    return groups


def shown(pictures: Iterable[Picture]) -> set[str]:
    """Keys of the catalogue whose words can be read on a picture."""
    found = set()
    for pages in screens_of(pictures):
        rows = ["".join(text.words for text in sorted(picture.texts, key=lambda text: text.y)) for picture in pages]
        rows.append("".join(text.words for picture in pages for text in body(picture)))
        readable = [row.replace(" ", "") for row in rows]
        for key, words in {pair for picture in pages for pair in picture.said}:
            if any(words.replace(" ", "") in row for row in readable):
                found.add(key)
    return found
