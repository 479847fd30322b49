# SPDX-License-Identifier: MIT
"""Reading the panel back: what is composed from glyphs is read as composed, and drawings are not taken for text."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.emulator import ocr
from tools.emulator.frame import HEIGHT, WIDTH
from tools.glyphs import container, icons

_PITCH = 13
_GLYPHS = container.load()
_ICONS = icons.names()
_READABLE = sorted(
    chr(code) for code in _GLYPHS if ocr.canonical(chr(code)) == chr(code) and code not in _ICONS and any(_GLYPHS[code])
)
_COMMON = "签到退班次操作员密码请输入系统维护中金额元成功失败重试确认取消0123456789ABCabcxyz¥.:-/*，。！？（）"
_CHARACTER = st.one_of(st.sampled_from(_COMMON), st.sampled_from(_READABLE))
_WORD = st.text(_CHARACTER, min_size=1, max_size=8)


class Paper:
    """A panel to compose on."""

    def __init__(self) -> None:
        self.pixels = bytearray(WIDTH * HEIGHT)

    def dot(self, x: int, y: int, value: int = 1) -> None:
        if 0 <= x < WIDTH and 0 <= y < HEIGHT:
            self.pixels[y * WIDTH + x] = value

    def box(self, x: int, y: int, width: int, height: int, value: int = 1) -> None:
        for row in range(y, y + height):
            for column in range(x, x + width):
                self.dot(column, row, value)

    def frame(self, x: int, y: int, width: int, height: int) -> None:
        self.box(x, y, width, height)
        self.box(x + 1, y + 1, width - 2, height - 2, 0)

    def text(self, x: int, y: int, text: str, scale: int = 1) -> int:
        for character in text:
            for column in _GLYPHS[ord(character)]:
                for row in range(container.HEIGHT):
                    if column >> row & 1:
                        self.box(x, y + row * scale, scale, scale)
                x += scale
        return x

    def invert(self, x: int, y: int, width: int, height: int) -> None:
        for row in range(y, y + height):
            for column in range(x, x + width):
                self.dot(column, row, 1 - self.pixels[row * WIDTH + column])

    def read(self) -> list[str]:
        return ocr.read_rows(self.pixels)


def _width(text: str) -> int:
    return sum(len(_GLYPHS[ord(character)]) for character in text)


@st.composite
def _lines(draw: st.DrawFn, room: int = WIDTH) -> str:
    """Words with single spaces that fit on a line."""
    words: list[str] = []
    for word in draw(st.lists(_WORD, min_size=1, max_size=4)):
        if _width(" ".join([*words, word])) <= room:
            words.append(word)
    return ocr.canonical(" ".join(words)) or "0"


@given(st.lists(_lines(), min_size=5, max_size=5), st.data())
def test_five_rows_at_any_x_are_read_as_composed(lines: list[str], data: st.DataObject) -> None:
    paper = Paper()
    for number, line in enumerate(lines):
        paper.text(data.draw(st.integers(0, WIDTH - _width(line))), number * _PITCH, line)
    assert paper.read() == lines


@given(st.lists(_lines(), min_size=5, max_size=5), st.sets(st.integers(0, 4)))
def test_rows_shown_dark_on_light_are_read_too(lines: list[str], inverse: set[int]) -> None:
    paper = Paper()
    for number, line in enumerate(lines):
        # A row of punctuation alone is not claimed to be legible in a lit bar.
        text = f"签{line}" if number in inverse and _width(line) <= WIDTH - container.FULL else line
        lines[number] = text
        paper.text(0, number * _PITCH, text)
        if text is not line:
            paper.invert(0, number * _PITCH, WIDTH, container.HEIGHT)
    assert paper.read() == lines


@given(_lines(WIDTH // 2), st.integers(0, 40), st.integers(0, 10))
def test_double_size_is_read_between_rows_of_single_size(line: str, x: int, y: int) -> None:
    paper = Paper()
    x = min(x, WIDTH - 2 * _width(line))
    paper.text(0, 0, "0001 收银员")
    paper.text(x, _PITCH + y, f"8{line[1:]}" if _width(line[0]) == container.HALF else f"签{line[1:]}", 2)
    paper.text(0, 4 * _PITCH, "确认")
    first = "8" if _width(line[0]) == container.HALF else "签"
    assert paper.read() == ["0001 收银员", first + line[1:], "确认"]


@given(st.integers(0, HEIGHT - container.HEIGHT), st.integers(0, WIDTH - 60))
def test_text_is_found_at_any_height(y: int, x: int) -> None:
    paper = Paper()
    paper.text(x, y, "请签到")
    assert paper.read() == ["请签到"]


@pytest.mark.parametrize("mask", ["*", "**", "******", "●●●●", "____", "---", "1", "7.", "0.01", "…", "一"])
def test_e1_masked_pins_and_other_thin_rows_are_read(mask: str) -> None:
    """E1: a masked PIN has nothing but asterisks or dots."""
    for scale in (1, 2):
        paper = Paper()
        paper.text(30, 2 * _PITCH, mask, scale)
        assert paper.read() == [mask]


def test_two_texts_far_apart_on_a_row_are_one_row() -> None:
    paper = Paper()
    paper.text(0, 0, "取消")
    paper.text(WIDTH - 24, 0, "确认")
    assert paper.read() == ["取消 确认"]


def test_w1_text_beside_a_code_is_read_and_the_code_is_not() -> None:
    """W1: 29 modules of 2 pixels on a lit square, the amount beside it."""
    for seed in range(20):
        chance = random.Random(seed)
        paper = Paper()
        paper.box(0, 0, 64, 64)
        for module in range(29 * 29):
            if chance.random() < 0.5:
                paper.box(3 + 2 * (module % 29), 3 + 2 * (module // 29), 2, 2, 0)
        paper.text(68, _PITCH, "¥12.50")
        paper.text(68, 3 * _PITCH, "请扫码")
        assert paper.read() == ["¥12.50", "请扫码"]


@pytest.mark.parametrize("percent", range(0, 101, 10))
def test_o3_a_progress_bar_is_not_text(percent: int) -> None:
    """O3: the upload's bar under its words."""
    for y in range(_PITCH, HEIGHT - 10):
        paper = Paper()
        paper.text(0, 0, "上送中")
        paper.frame(4, y + 2, WIDTH - 8, 8)
        paper.box(6, y + 4, (WIDTH - 12) * percent // 100, 4)
        assert paper.read() == ["上送中"]


@pytest.mark.parametrize("y", range(_PITCH, HEIGHT))
def test_a_ruled_line_is_not_text(y: int) -> None:
    paper = Paper()
    paper.text(0, 0, "今日合计")
    paper.box(0, y, WIDTH, 1)
    assert paper.read() == ["今日合计"]


def test_l1_icons_are_named_and_kept_out_of_the_text() -> None:
    """L1: the lock icon on the status row."""
    codes = {name: code for code, name in _ICONS.items()}
    paper = Paper()
    end = paper.text(0, 0, chr(codes["link4"]) + chr(codes["battery3"]))
    paper.text(end + 6, 0, "001")
    paper.text(WIDTH - 12, 0, chr(codes["lock"]))
    assert paper.read() == ["001"]
    assert ocr.read_icons(paper.pixels) == ["link4", "battery3", "lock"]


@pytest.mark.parametrize("text", ["21℃", "21°С", "1―2", "1─2", "–-", "–––", "毫亳", "一—", "СОС", "ロ口", "ㄏ厂"])
def test_what_looks_alike_is_read_in_one_way(text: str) -> None:
    paper = Paper()
    paper.text(0, 0, f"0{text}0")
    assert paper.read() == [ocr.canonical(f"0{text}0")]


def test_no_character_is_read_as_one_that_is_read_as_another() -> None:
    read = {chr(code): ocr.canonical(chr(code)) for code in _GLYPHS}
    assert {character: text for character, text in read.items() if ocr.canonical(text) != text} == {}


def test_what_looks_alike_is_compared_in_its_canonical_form() -> None:
    paper = Paper()
    paper.text(0, 0, "——ＡＢ奧")
    assert "".join(paper.read()).replace(" ", "") == ocr.canonical("——ＡＢ奧")


def test_an_empty_and_a_fully_lit_panel_hold_no_text() -> None:
    paper = Paper()
    assert paper.read() == []
    paper.box(0, 0, WIDTH, HEIGHT)
    assert paper.read() == []


def test_rows_of_numbers_are_as_good_as_bytes() -> None:
    paper = Paper()
    paper.text(5, 13, "签到成功")
    rows = [list(paper.pixels[start : start + WIDTH]) for start in range(0, len(paper.pixels), WIDTH)]
    assert ocr.read_rows(rows) == paper.read() == ["签到成功"]
    with pytest.raises(ValueError):
        ocr.read_rows(rows[1:])
