# SPDX-License-Identifier: MIT
"""The project's own icons: characters of the private use area, drawn as text in icons.txt beside this file."""

from collections.abc import Iterator
from pathlib import Path

from tools.glyphs.container import FULL, HEIGHT, Columns

PATH = Path(__file__).with_name("icons.txt")
FIRST, LAST = 0xE000, 0xF8FF


def names(path: Path = PATH) -> dict[int, str]:
    """Code point -> the name in its title."""
    titles = [line.split() for line in path.read_text().splitlines() if line.startswith("U+")]
    return {int(code.removeprefix("U+"), 16): name for code, name in titles}


def _drawings(text: str) -> Iterator[tuple[int, list[str]]]:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("# ")]
    step = HEIGHT + 1
    if len(lines) % step:
        raise ValueError(f"an icon is a title and {HEIGHT} rows")
    for at in range(0, len(lines), step):
        yield int(lines[at].split()[0].removeprefix("U+"), 16), lines[at + 1 : at + step]


def load(path: Path = PATH) -> dict[int, Columns]:
    """Code point -> columns; ValueError says which drawing is not 12 by 12."""
    icons: dict[int, Columns] = {}
    for code, rows in _drawings(path.read_text()):
        if any(len(row) != FULL or set(row) - set("#.") for row in rows) or not FIRST <= code <= LAST:
            raise ValueError(f"icon U+{code:04X} is not {FULL} by {HEIGHT} of '#' and '.'")
        icons[code] = tuple(sum((row[x] == "#") << y for y, row in enumerate(rows)) for x in range(FULL))
    return icons
