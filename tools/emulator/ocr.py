# SPDX-License-Identifier: MIT
"""Reads text back from the panel's pixels by exact comparison with the glyphs of the terminal's own font.

Single and double size, light on dark and dark on light, at any place; drawings (bars, QR codes) are left out, and the
font's own icons are told apart from the text.
Invariant: a character is reported only where every pixel of its cell is as the font has it.
"""

from array import array
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from tools.emulator.frame import HEIGHT, WIDTH, Pixels, as_frame
from tools.glyphs import container, icons

_PITCH = 13  # pixels from one text row of the firmware to the next
_SCALES = (1, 2)
_CELL = container.HEIGHT
_WORD_GAP = 6  # blank columns, at single size, that stand for a space
_RUN_GAP = 24
_DENSE = 13  # lit pixels of a glyph that hardly a drawing shows by chance
_SPECK = 7
_HEAD = 4  # columns, at single size
_LINES = frozenset("-–—―一_|｜丨¯￣")
# The same pixels for two characters: the one that the terminal's texts use more is read.
_PREFERRED = frozenset("·一□｜毫奥")
_KANA = range(0x3040, 0x3130)  # and bopomofo: some of them look as Hanzi do


class Glyph(NamedTuple):
    character: str
    width: int
    lit: int


class Table(NamedTuple):
    """The glyphs at one scale; keys are the bytes of `code` arrays, one item a column, bit 0 on top."""

    scale: int
    code: str
    narrow: dict[bytes, Glyph]
    wide: dict[bytes, Glyph]
    heads: set[bytes]  # how the keys begin; most places are ruled out by this


class Run(NamedTuple):
    """Characters in a row without a drawing or much space between them; x1 and y1 are outside."""

    y0: int
    x0: int
    y1: int
    x1: int
    text: str
    lit: int
    scale: int
    is_dense: bool
    is_inverse: bool


def _stretched(column: int, scale: int) -> int:
    """The column with each pixel repeated."""
    return sum(((1 << scale) - 1) << (row * scale) for row in range(_CELL) if column >> row & 1)


def _shape(columns: container.Columns) -> container.Columns:
    """The glyph without blank columns at its sides."""
    lit = [at for at, column in enumerate(columns) if column]
    return columns[lit[0] : lit[-1] + 1] if lit else ()


def _by_preference(glyphs: dict[int, container.Columns]) -> list[int]:
    """Of characters with the same pixels the first one is read: Latin before Greek and Cyrillic, Hanzi before kana."""
    return sorted(glyphs, key=lambda code: (chr(code) not in _PREFERRED, len(glyphs[code]), code in _KANA, code))


def _pairs(glyphs: dict[int, container.Columns]) -> dict[container.Columns, str]:
    """Full-width glyphs that are just two half-width ones side by side (℃ is °C), and the two."""
    half: dict[container.Columns, str] = {}
    for code in _by_preference(glyphs):
        if len(glyphs[code]) == container.HALF:
            half.setdefault(glyphs[code], chr(code))
    kept = {glyphs[ord(character)] for character in _PREFERRED}
    pairs = {}
    for columns in set(glyphs.values()) - kept:
        left, right = half.get(columns[: container.HALF]), half.get(columns[container.HALF :])
        if left and right and any(columns):
            pairs[columns] = left + right
    return pairs


@cache
def _readable() -> tuple[dict[int, container.Columns], dict[str, str]]:
    """The glyphs that can be told apart, and for all others the text that is read instead."""
    kept: dict[int, container.Columns] = {}
    taken: dict[tuple[int, container.Columns], str] = {}
    same: dict[str, str] = {}
    glyphs = container.load()
    halves = _pairs(glyphs)
    for code in _by_preference(glyphs):
        columns, shape = glyphs[code], _shape(glyphs[code])
        # A full-width letter is the half-width one with more space around it.
        twin = taken.get((container.HALF, shape)) or taken.get((len(columns), shape)) or halves.get(columns)
        if twin is not None:
            same[chr(code)] = twin
        elif shape:
            kept[code] = columns
        taken.setdefault((len(columns), shape), twin or chr(code))
    return kept, same


def canonical(text: str) -> str:
    """The text as it would be read back: look-alikes replaced, spaces single. Compare expectations with this."""
    same = _readable()[1]
    return " ".join("".join(same.get(character, character) for character in text).replace("–-", "一").split())


@cache
def _table(scale: int) -> Table:
    code = "H" if scale == 1 else "I"
    stretched = cache(_stretched)
    table = Table(scale, code, {}, {}, set())
    for number, columns in _readable()[0].items():
        raw = array(code, [stretched(column, scale) for column in columns for _ in range(scale)])
        lit = sum(column.bit_count() for column in columns) * scale * scale
        glyph = Glyph(chr(number), len(raw), lit)
        (table.narrow if len(columns) == container.HALF else table.wide)[raw.tobytes()] = glyph
        table.heads.add(raw[: _HEAD * scale].tobytes())
    return table


def _found(raw: bytes, table: Table) -> dict[int, list[Glyph]]:
    """x -> the glyphs whose whole cell matches there."""
    size = array(table.code).itemsize
    narrow, wide = container.HALF * table.scale * size, container.FULL * table.scale * size
    head, heads = _HEAD * table.scale * size, table.heads
    found: dict[int, list[Glyph]] = {}
    for at in range(0, len(raw) - narrow + 1, size):
        if raw[at : at + head] not in heads:
            continue
        half, full = table.narrow.get(raw[at : at + narrow]), table.wide.get(raw[at : at + wide])
        if half or full:
            found[at // size] = [glyph for glyph in (half, full) if glyph]
    return found


def _best_cover(found: dict[int, list[Glyph]]) -> list[tuple[int, Glyph]]:
    """The sequence of cells without overlap that explains the most lit pixels, with the fewest characters."""
    if not found:
        return []
    score = [0] * (WIDTH + 1)
    choice: list[Glyph | None] = [None] * (WIDTH + 1)
    for x in range(WIDTH - 1, -1, -1):
        score[x] = score[x + 1]
        for glyph in found.get(x, ()):
            reached = glyph.lit * WIDTH - 1 + score[x + glyph.width]
            if reached > score[x]:
                score[x], choice[x] = reached, glyph
    cells, x = [], 0
    while x < WIDTH:
        best = choice[x]
        if best is not None:
            cells.append((x, best))
        x += best.width if best else 1
    return cells


def _grouped(cells: list[tuple[int, Glyph]], window: "array[int]", scale: int) -> Iterator[list[tuple[int, Glyph]]]:
    """Cells of one run each: no lit column and at most a wide space between them."""
    group: list[tuple[int, Glyph]] = []
    for x, glyph in cells:
        if group:
            end = group[-1][0] + group[-1][1].width
            if x - end > _RUN_GAP * scale or any(window[end:x]):
                yield group
                group = []
        group.append((x, glyph))
    if group:
        yield group


def _text(group: list[tuple[int, Glyph]], scale: int) -> str:
    text, end = "", group[0][0]
    for x, glyph in group:
        text += (" " if x - end >= _WORD_GAP * scale else "") + glyph.character
        end = x + glyph.width
    return text


@lru_cache(maxsize=1 << 14)
def _strip(raw: bytes, scale: int) -> tuple[Run, ...]:
    """What can be read in one strip of the picture, as if it were the top one. Strips recur from picture to picture."""
    table = _table(scale)
    window = array(table.code, raw)
    cells = _best_cover(_found(raw, table))
    runs = []
    for group in _grouped(cells, window, scale):
        last_x, last = group[-1]
        lit = sum(glyph.lit for _, glyph in group)
        is_dense = any(glyph.lit >= _DENSE * scale**2 for _, glyph in group)
        end = last_x + last.width
        runs.append(Run(0, group[0][0], _CELL * scale, end, _text(group, scale), lit, scale, is_dense, False))
    return tuple(runs)


def _runs(columns: list[int], y: int, table: Table) -> Iterator[Run]:
    """What can be read in the strip that begins at row y, light on dark and dark on light."""
    height = _CELL * table.scale
    mask = (1 << height) - 1
    window = array(table.code, [column >> y & mask for column in columns])
    if not any(window):
        return
    for run in _strip(window.tobytes(), table.scale):
        yield run._replace(y0=y, y1=y + height)
    # Dark text has fully lit columns between its strokes.
    if window.count(mask) > 1:
        negative = array(table.code, [column ^ mask for column in window])
        for run in _strip(negative.tobytes(), table.scale):
            yield run._replace(y0=y, y1=y + height, is_inverse=True)


def _is_free(columns: list[int], run: Run) -> bool:
    """Nothing is lit right around the run."""
    band = (1 << (run.y1 - run.y0)) - 1 << run.y0
    edges = (1 << run.y1) | (1 << run.y0 >> 1)
    sides = columns[max(run.x0 - 1, 0) : run.x0] + columns[run.x1 : run.x1 + 1]
    return not any(column & band for column in sides) and not any(column & edges for column in columns[run.x0 : run.x1])


def _is_text(columns: list[int], run: Run) -> bool:
    """Text rather than strokes of a drawing that look like a full stop or a dash."""
    if run.is_dense:
        return True
    if run.is_inverse or not _is_free(columns, run):
        return False
    return run.y0 % _PITCH == 0 or (run.lit >= _SPECK * run.scale**2 and not _LINES.issuperset(run.text))


def _overlap(a: Run, b: Run) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


def _joined(row: list[Run]) -> str:
    row.sort(key=lambda run: run.x0)
    text, end = "", row[0].x0
    for run in row:
        text += (" " if run.x0 - end >= _WORD_GAP * run.scale else "") + run.text
        end = run.x1
    return text


@lru_cache(maxsize=1024)
def _read(frame: bytes) -> tuple[str, ...]:
    digits = frame.translate(b"01" + bytes(254))
    columns = [int(digits[x::WIDTH][::-1], 2) for x in range(WIDTH)]
    candidates: list[Run] = []
    for table in map(_table, _SCALES):
        for y in range(HEIGHT - _CELL * table.scale + 1):
            candidates += (run for run in _runs(columns, y, table) if _is_text(columns, run))
    candidates.sort(key=lambda run: (-run.lit, run.y0 % _PITCH != 0, run.y0, run.x0))
    rows: dict[int, list[Run]] = {}
    kept: list[Run] = []
    for run in candidates:
        if not any(_overlap(run, other) for other in kept):
            kept.append(run)
            rows.setdefault(run.y0, []).append(run)
    return tuple(_joined(rows[y]) for y in sorted(rows))


def _is_icon(character: str) -> bool:
    return icons.FIRST <= ord(character) <= icons.LAST


def read_rows(pixels: Pixels) -> list[str]:
    """The rows of text on the panel from top to bottom; a run of 6 or more blank columns is one space."""
    rows = ["".join(" " if _is_icon(character) else character for character in row) for row in _read(as_frame(pixels))]
    return [" ".join(row.split()) for row in rows if row.strip()]


def read_icons(pixels: Pixels) -> list[str]:
    """The names of the font's icons on the panel ("lock", "link3"), row by row from left to right."""
    names = icons.names()
    return [names[ord(character)] for row in _read(as_frame(pixels)) for character in row if _is_icon(character)]
