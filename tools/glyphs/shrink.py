# SPDX-License-Identifier: MIT
"""Glyphs of a larger font brought into the cell of a smaller one, for characters that only the larger one has.

Neighbouring lines become one where that costs least: where they hold the same, and where no gap between strokes closes.
"""

from tools.glyphs.container import FULL, HEIGHT, Columns


def _turned(lines: list[int], size: int) -> list[int]:
    """Rows become columns, and columns rows; `size` is the number of bits of a line."""
    return [sum((line >> bit & 1) << at for at, line in enumerate(lines)) for bit in range(size)]


def _without_margin(lines: list[int], most: int) -> list[int]:
    """Blank lines go from both ends, in turn, until there are no more of them than wanted, or none left."""
    lines = list(lines)
    end = -1
    while len(lines) > most and not (lines[0] and lines[-1]):
        if not lines[end]:
            lines.pop(end)
        end = -1 - end
    return lines


def _cost(lines: list[int], at: int) -> int:
    """Of making one of the lines `at` and the next: pixels in which they differ, and gaps that close."""
    first, second = lines[at], lines[at + 1]
    before = lines[at - 1] if at else 0
    after = lines[at + 2] if at + 2 < len(lines) else 0
    closed = (before & ~first & second) | (first & ~second & after)
    return (first ^ second).bit_count() + 2 * closed.bit_count()


def fewer(lines: list[int], most: int) -> list[int]:
    """As many lines as there is room for."""
    lines = list(lines)
    while len(lines) > most:
        at = min(range(len(lines) - 1), key=lambda at: _cost(lines, at))
        lines[at : at + 2] = [lines[at] | lines[at + 1]]
    return lines


def shrunk(columns: Columns, height: int) -> Columns:
    """A glyph of any width and of `height` rows in a cell of 12 by 12: centred, its last row and column left free."""
    kept = fewer(_without_margin(list(columns), FULL - 1), FULL - 1)
    rows = fewer(_without_margin(_turned(kept, height), HEIGHT - 1), HEIGHT - 1)
    left = (FULL - len(kept)) // 2
    cell = [0] * left + _turned(rows, len(kept))
    return tuple(cell + [0] * (FULL - len(cell)))
