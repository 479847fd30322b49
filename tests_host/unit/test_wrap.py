# SPDX-License-Identifier: MIT
"""S4: lines of text on the panel, broken on the chip's interpreter with the terminal's own glyphs."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests_host.unit.mp import MicroPython
from tests_host.unit.typesetter import ROW, typesetter, width
from tools.glyphs import coverage

_WIDE = 0x2E80  # from here on a line may break between any two characters
_CLOSING = "，。、；：？！）》」』】"


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with typesetter() as interpreter:
        yield interpreter


def _places(lines: list[str]) -> list[int]:
    """The line of each character that is seen."""
    return [number for number, line in enumerate(lines) for character in line if not character.isspace()]


def _words(text: str) -> list[tuple[int, str]]:
    """Each word or number with the place of its first character among those that are seen."""
    found = re.finditer(rf"[^\s{chr(_WIDE)}-\uffff]+", text)
    return [(len(re.sub(r"\s", "", text[: match.start()])), match.group()) for match in found]


_LETTERS = "".join(chr(code) for code in sorted(coverage.wanted()) if chr(code).isprintable())
_MIXED = st.lists(
    st.text(st.sampled_from(_LETTERS), max_size=8)
    | st.text(st.sampled_from("abcdé0123456789.,-"), max_size=30)
    | st.text(st.sampled_from("中文签退还可输入" + _CLOSING), max_size=20)
    | st.sampled_from([" ", "\n", "  "]),
    max_size=30,
).map("".join)


@settings(deadline=None)
@given(_MIXED)
@example("я" * 40)
@example("─" * 30)
@example("a" * 23 + " " + "b" * 21)
@example(" " + "a" * 21)
@example("a " + "b" * 19 + "，中")
@example("中" + "ş" * 22 + "é" * 3)
def test_nothing_is_lost_too_wide_or_split(chip: MicroPython, text: str) -> None:
    lines = chip.call("wrapped", text)
    assert all(lines)
    assert max(map(width, lines), default=0) <= ROW
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    places = _places(lines)
    for at, word in _words(text):
        if width(word) <= ROW:
            assert places[at] == places[at + len(word) - 1], f"{word} is split"


@settings(deadline=None)
@given(st.text(st.sampled_from("中文签退还可输入0" + _CLOSING), max_size=80))
def test_no_line_begins_with_what_closes(chip: MicroPython, text: str) -> None:
    """Unless closing characters follow each other, or a paragraph begins so."""
    lines = chip.call("wrapped", text)
    for before, line in zip(lines, lines[1:], strict=False):
        assert line[0] not in _CLOSING or before[-1] in _CLOSING
