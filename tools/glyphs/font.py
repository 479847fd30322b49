# SPDX-License-Identifier: MIT
"""The source font: fetched as an npm package, compared with a known digest, drawn without rounding.

Its outlines run along the pixel grid (100 units a pixel), so each pixel is wholly in or out; anything else is an error
here, never an approximation.
"""

import hashlib
import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from tools.glyphs.container import FULL, HALF, HEIGHT, Columns

TOP = Path(__file__).resolve().parents[2]
CACHE = TOP / "build" / "font"
PACKAGE = "@fontsource/fusion-pixel-12px-monospaced-sc"
VERSION = "5.3.0"
_FONT = "package/files/fusion-pixel-12px-monospaced-sc-latin-400-normal.woff"
_FONT_SHA256 = "ee48b20a23b8df1d9243322105ec44906d2635036ca7a4395a3f3be6b6375a5e"
_LICENSE = "package/LICENSE"
_UNIT, _ASCENT = 100, 1000  # font units a pixel; top of the cell above the baseline
_NPM_TIMEOUT_S = 300


class NoFontError(Exception):
    """The source font cannot be had on this machine, and why."""


class Source(NamedTuple):
    font: bytes
    license_text: str


def _download() -> Path:
    """The package as npm packs it; kept, since a version never changes."""
    kept = CACHE / f"{PACKAGE.rpartition('/')[2]}-{VERSION}.tgz"
    if kept.exists():
        return kept
    if shutil.which("npm") is None:
        raise NoFontError(f"npm is needed to fetch {PACKAGE} {VERSION} (on Debian: apt install npm)")
    fresh = CACHE / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    command = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent", "--ignore-scripts"]
    command += ["--pack-destination", str(fresh), "--cache", str(CACHE / "npm")]
    try:
        done = subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_NPM_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise NoFontError(f"npm did not answer within {_NPM_TIMEOUT_S} s") from error
    packed = sorted(fresh.glob("*.tgz"))
    if done.returncode or not packed:
        raise NoFontError(f"npm could not fetch {PACKAGE} {VERSION}: {done.stderr[-500:].strip()}")
    return packed[0].rename(kept)


def fetch() -> Source:
    package = _download()
    with tarfile.open(package) as archive:
        members = {name: archive.extractfile(name) for name in (_FONT, _LICENSE)}
        content = {name: member.read() if member else b"" for name, member in members.items()}
    if hashlib.sha256(content[_FONT]).hexdigest() != _FONT_SHA256:
        package.unlink()
        raise NoFontError(f"{PACKAGE} {VERSION} does not hold the font that this project knows")
    return Source(content[_FONT], content[_LICENSE].decode().replace("\r", ""))


def _on_grid(value: float, origin: int = 0) -> int:
    pixels, rest = divmod(value - origin, _UNIT)
    if rest:
        raise ValueError(f"an outline off the pixel grid at {value}")
    return int(pixels)


def _vertical_edges(recording: Iterable[tuple[str, Any]]) -> Iterator[tuple[int, int, int]]:
    """(column, row above, row below) of every upright edge, rows counted down; from > to when it runs upwards."""
    start = here = (0, 0)
    for operator, points in recording:
        if operator == "moveTo":
            start = here = points[0]
            continue
        if operator not in ("lineTo", "closePath"):
            raise ValueError(f"a curve ({operator}) in a pixel font")
        there = points[0] if operator == "lineTo" else start
        if here[0] == there[0]:
            yield _on_grid(here[0]), -_on_grid(here[1], _ASCENT), -_on_grid(there[1], _ASCENT)
        elif here[1] != there[1]:
            raise ValueError("a slanted outline in a pixel font")
        here = there


def rasterise(recording: Iterable[tuple[str, Any]], width: int) -> Columns:
    """Non-zero winding, column by column: an upright edge changes the winding of all columns from its own onwards."""
    winding = [[0] * HEIGHT for _ in range(width)]
    for column, begin, end in _vertical_edges(recording):
        if not (0 <= column <= width and 0 <= begin <= HEIGHT and 0 <= end <= HEIGHT):
            raise ValueError("a glyph larger than its cell")
        step = 1 if begin < end else -1
        for row in range(min(begin, end), max(begin, end)):
            for right in range(column, width):
                winding[right][row] += step
    return tuple(sum(1 << row for row, turns in enumerate(column) if turns) for column in winding)


def draw(font_file: bytes, codes: Iterable[int]) -> dict[int, Columns]:
    """The glyphs of those code points that the font has, half or full width after the font's own advance."""
    font = TTFont(io.BytesIO(font_file))
    names, glyph_set = font.getBestCmap(), font.getGlyphSet()
    drawn: dict[int, Columns] = {}
    for code in codes:
        if code not in names:
            continue
        width = _on_grid(font["hmtx"][names[code]][0])
        if width not in (HALF, FULL):
            raise ValueError(f"U+{code:04X} is {width} pixels wide")
        pen = DecomposingRecordingPen(glyph_set)
        glyph_set[names[code]].draw(pen)
        drawn[code] = rasterise(pen.value, width)
    return drawn
