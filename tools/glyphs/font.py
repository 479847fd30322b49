# SPDX-License-Identifier: MIT
"""Source fonts: each fetched as an npm package, compared with a known digest, drawn without rounding.

Their outlines run along a pixel grid, so each pixel is wholly in or out; anything else is an error
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

from tools.glyphs.container import Columns

TOP = Path(__file__).resolve().parents[2]
CACHE = TOP / "build" / "font"
_LICENSE = "package/LICENSE"
_NPM_TIMEOUT_S = 300


class NoFontError(Exception):
    """The source font cannot be had on this machine, and why."""


class Package(NamedTuple):
    """An npm package with a font whose outlines follow a pixel grid."""

    name: str
    version: str
    member: str
    sha256: str  # of the member
    unit: int  # font units a pixel
    ascent: int  # pixels, top of the cell above the baseline
    height: int  # pixels


class Source(NamedTuple):
    package: Package
    font: bytes
    license_text: str


def _download(package: Package) -> Path:
    """The package as npm packs it; kept, since a version never changes."""
    kept = CACHE / f"{package.name.rpartition('/')[2]}-{package.version}.tgz"
    if kept.exists():
        return kept
    if shutil.which("npm") is None:
        raise NoFontError(f"npm is needed to fetch {package.name} {package.version} (on Debian: apt install npm)")
    fresh = CACHE / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    command = ["npm", "pack", f"{package.name}@{package.version}", "--silent", "--ignore-scripts"]
    command += ["--pack-destination", str(fresh), "--cache", str(CACHE / "npm")]
    try:
        done = subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_NPM_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise NoFontError(f"npm did not answer within {_NPM_TIMEOUT_S} s") from error
    packed = sorted(fresh.glob("*.tgz"))
    if done.returncode or not packed:
        raise NoFontError(f"npm could not fetch {package.name} {package.version}: {done.stderr[-500:].strip()}")
    return packed[0].rename(kept)


def fetch(package: Package) -> Source:
    path = _download(package)
    with tarfile.open(path) as archive:
        members = {name: archive.extractfile(name) for name in (package.member, _LICENSE)}
        content = {name: member.read() if member else b"" for name, member in members.items()}
    if hashlib.sha256(content[package.member]).hexdigest() != package.sha256:
        path.unlink()
        raise NoFontError(f"{package.name} {package.version} does not hold the font that this project knows")
    return Source(package, content[package.member], content[_LICENSE].decode().replace("\r", ""))


def _on_grid(value: float, unit: int, origin: int = 0) -> int:
    pixels, rest = divmod(value - origin, unit)
    if rest:
        raise ValueError(f"an outline off the pixel grid at {value}")
    return int(pixels)


def _is_upright_or_level(points: list[tuple[float, float]]) -> bool:
    """A curve all of whose points lie so is a line."""
    return len({x for x, _ in points}) == 1 or len({y for _, y in points}) == 1


def _vertical_edges(recording: Iterable[tuple[str, Any]], package: Package) -> Iterator[tuple[int, int, int]]:
    """(column, row above, row below) of every upright edge, rows counted down; from > to when it runs upwards."""
    start = here = (0, 0)
    unit, top = package.unit, package.ascent * package.unit
    for operator, points in recording:
        if operator == "moveTo":
            start = here = points[0]
            continue
        is_bent = operator == "qCurveTo" and not _is_upright_or_level([here, *points])
        if is_bent or operator not in ("lineTo", "qCurveTo", "closePath"):
            raise ValueError(f"a curve ({operator}) in a pixel font")
        there = start if operator == "closePath" else points[-1]
        if here[0] == there[0]:
            yield _on_grid(here[0], unit), -_on_grid(here[1], unit, top), -_on_grid(there[1], unit, top)
        elif here[1] != there[1]:
            raise ValueError("a slanted outline in a pixel font")
        here = there


def rasterise(recording: Iterable[tuple[str, Any]], width: int, package: Package) -> Columns:
    """Non-zero winding, column by column: an upright edge changes the winding of all columns from its own onwards."""
    height = package.height
    winding = [[0] * height for _ in range(width)]
    for column, begin, end in _vertical_edges(recording, package):
        if not (0 <= column <= width and 0 <= begin <= height and 0 <= end <= height):
            raise ValueError("a glyph larger than its cell")
        step = 1 if begin < end else -1
        for row in range(min(begin, end), max(begin, end)):
            for right in range(column, width):
                winding[right][row] += step
    return tuple(sum(1 << row for row, turns in enumerate(column) if turns) for column in winding)


def draw(source: Source, codes: Iterable[int]) -> dict[int, Columns]:
    """The glyphs of those code points that the font has, half as wide as high or as wide, after its own advance."""
    font, package = TTFont(io.BytesIO(source.font)), source.package
    names, glyph_set = font.getBestCmap(), font.getGlyphSet()
    drawn: dict[int, Columns] = {}
    for code in codes:
        if code not in names:
            continue
        width = _on_grid(font["hmtx"][names[code]][0], package.unit)
        if width not in (package.height // 2, package.height):
            raise ValueError(f"U+{code:04X} is {width} pixels wide")
        pen = DecomposingRecordingPen(glyph_set)
        glyph_set[names[code]].draw(pen)
        drawn[code] = rasterise(pen.value, width, package)
    return drawn
