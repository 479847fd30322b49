# SPDX-License-Identifier: MIT
"""The font "Qiandao 12": what it covers, its file format, and that outlines become exactly the pixels they enclose.

Source: firmware/ui/glyphs.bin as committed; `make gen_check` compares it with a fresh one.
"""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.glyphs import container, coverage, font, icons, shrink
from tools.glyphs.__main__ import FIRST

_TRAILS = range(0xA1, 0xFF)
_COLUMN = st.integers(0, (1 << container.HEIGHT) - 1)
_GLYPH = st.sampled_from((container.HALF, container.FULL)).flatmap(
    lambda width: st.lists(_COLUMN, min_size=width, max_size=width).map(tuple)
)


def _picture(columns: container.Columns) -> list[str]:
    return ["".join("#" if column >> row & 1 else "." for column in columns) for row in range(container.HEIGHT)]


def _level_1(codec: str, first: int, last: int) -> set[int]:
    """All Hanzi that a standard's level 1 assigns."""
    trails = range(0x40, 0xFF)
    pairs = [bytes((lead, trail)).decode(codec, errors="ignore") for lead in range(first, last + 1) for trail in trails]
    return {ord(pair) for pair in pairs if len(pair) == 1 and 0x4E00 <= ord(pair) <= 0x9FFF}


def test_w5_every_frequent_character_of_three_languages_has_a_glyph() -> None:
    """W5: English, and level 1 of GB 2312 (3,755 Hanzi) and of Big5 (5,401) for simplified and traditional Chinese."""
    glyphs = container.load()
    simplified, traditional = _level_1("gb2312", 0xB0, 0xD7), _level_1("big5", 0xA4, 0xC6)
    assert len(simplified) == 3755
    assert len(traditional) >= 5401
    assert not (simplified | traditional | set(range(0x20, 0x7F))) - glyphs.keys()


def test_s4_all_of_gb_2312_and_latin_has_a_glyph() -> None:
    """S4: a notice is free text. The 7,445 characters of the standard; what the languages of Europe need."""
    pairs = [bytes((lead, trail)).decode("gb2312", "ignore") for lead in _TRAILS for trail in _TRAILS]
    standard = {ord(pair) for pair in pairs if pair}
    assert len(standard) == 7445
    assert not (standard | set(range(0xA1, 0x180))) - container.load().keys()


def test_punctuation_of_the_screens_is_there() -> None:
    glyphs = container.load()
    assert not {
        character for character in "¥·…–—“”‘’←↑→↓▲▼◀▶●○，。！？：；、（）《》【】￥％" if ord(character) not in glyphs
    }


def test_latin_is_half_width_and_hanzi_are_full_width() -> None:
    glyphs = container.load()
    assert {len(glyphs[code]) for code in range(0x20, 0x7F)} == {container.HALF}
    assert {len(columns) for code, columns in glyphs.items() if 0x4E00 <= code <= 0x9FFF} == {container.FULL}


def test_no_glyph_but_the_spaces_is_blank() -> None:
    assert {code for code, columns in container.load().items() if not any(columns)} == {0x20, 0x3000}


def test_a_descender_lies_within_the_cell() -> None:
    assert _picture(container.load()[ord("g")])[4:] == [
        ".####.",
        "#...#.",
        "#...#.",
        "#...#.",
        "#...#.",
        ".####.",
        "....#.",
        ".###..",
    ]


def test_the_committed_file_is_what_packing_its_glyphs_gives() -> None:
    raw = container.PATH.read_bytes()
    assert container.pack(container.unpack(raw)) == raw


def test_the_file_holds_what_coverage_asks_for_and_the_icons() -> None:
    assert not container.load().keys() - set(coverage.wanted()) - icons.names().keys()


def test_the_licence_of_the_font_lies_beside_it() -> None:
    text = container.PATH.with_name("GLYPHS-LICENSE").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert "Qiandao 12" in text


@given(st.dictionaries(st.integers(0x20, 0xFFFF), _GLYPH, max_size=200))
def test_packing_and_unpacking_change_nothing(glyphs: dict[int, container.Columns]) -> None:
    raw = container.pack(glyphs)
    assert container.unpack(raw) == glyphs
    halves = sum(len(columns) == container.HALF for columns in glyphs.values())
    assert struct.unpack_from("<4sHHH", raw) == (b"QG12", halves, len(glyphs) - halves, 64)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: raw + b"\0", lambda raw: b"XX" + raw[2:]])
def test_a_damaged_file_is_refused(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ValueError):
        container.unpack(damage(container.PATH.read_bytes()))


def test_a_ring_is_filled_but_for_its_hole() -> None:
    """Outer contour clockwise, inner one the other way round, in font units of 100 a pixel above the baseline."""
    outer = [("moveTo", ((0, 200),)), ("lineTo", ((0, 500),)), ("lineTo", ((300, 500),)), ("lineTo", ((300, 200),))]
    inner = [("moveTo", ((100, 300),)), ("lineTo", ((200, 300),)), ("lineTo", ((200, 400),)), ("lineTo", ((100, 400),))]
    columns = font.rasterise([*outer, ("closePath", ()), *inner, ("closePath", ())], container.HALF, FIRST)
    assert _picture(columns)[5:8] == ["###...", "#.#...", "###..."]
    assert sum(column.bit_count() for column in columns) == 8


def test_a_curve_that_is_a_line_is_drawn_and_another_one_refused() -> None:
    """As compilers of fonts write composed letters."""
    path = [("moveTo", ((0, 200),)), ("qCurveTo", ((0, 200), (0, 500))), ("lineTo", ((300, 500),))]
    path += [("lineTo", ((300, 200),)), ("closePath", ())]
    assert _picture(font.rasterise(path, container.HALF, FIRST))[5:8] == ["###..."] * 3
    path[1] = ("qCurveTo", ((100, 300), (0, 500)))
    with pytest.raises(ValueError, match="curve"):
        font.rasterise(path, container.HALF, FIRST)


def _larger(picture: list[str]) -> container.Columns:
    return tuple(sum((row[x] == "#") << y for y, row in enumerate(picture)) for x in range(len(picture[0])))


def test_a_larger_glyph_loses_the_lines_that_say_least() -> None:
    """Three strokes across an upright one, in 16 pixels: all are there in 12, and apart."""
    across, upright = "#" * 15 + ".", "." * 7 + "#" + "." * 8
    picture = [across, *[upright] * 6, across, *[upright] * 6, across, "." * 16]
    small = _picture(shrink.shrunk(_larger(picture), 16))
    full = [y for y, row in enumerate(small) if row.count("#") > 8]
    assert len(full) == 3 and all(below - above > 2 for above, below in zip(full, full[1:], strict=False))
    assert all("#" in row for row in small[:11]) and not any("#" in row for row in small[11:])


@given(st.lists(st.integers(0, 0xFFFF), min_size=8, max_size=16))
def test_any_larger_glyph_fits_the_cell_and_none_vanishes(columns: list[int]) -> None:
    small = shrink.shrunk(tuple(columns), 16)
    assert len(small) == container.FULL and not any(column >> container.HEIGHT for column in small)
    assert any(small) == any(columns)


@pytest.mark.parametrize(
    "corner",
    [pytest.param((350, 500), id="off the grid"), pytest.param((300, 400), id="slanted")],
)
def test_an_outline_that_is_no_pixel_outline_is_refused(corner: tuple[int, int]) -> None:
    path = [("moveTo", ((0, 200),)), ("lineTo", ((0, 500),)), ("lineTo", (corner,)), ("lineTo", ((corner[0], 200),))]
    with pytest.raises(ValueError):
        font.rasterise([*path, ("closePath", ())], container.HALF, FIRST)


def test_a_glyph_higher_than_its_cell_is_refused() -> None:
    with pytest.raises(ValueError):
        container.pack({0x41: (1 << container.HEIGHT,) * container.HALF})


def test_l1_every_icon_is_in_the_font_as_drawn() -> None:
    """L1: the lock icon and its like are characters of the font, so a screen shows them like any other text."""
    glyphs, drawn = container.load(), icons.load()
    assert drawn.keys() == icons.names().keys()
    assert {code: glyphs[code] for code in drawn} == drawn
