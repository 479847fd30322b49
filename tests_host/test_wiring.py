# SPDX-License-Identifier: MIT
"""Wiring diagram, parts list and pin tables say what firmware/board.py says, and that is something the chip allows."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest

from tools.docs.__main__ import made
from tools.emulator import keypad, led
from tools.wiring import chip, drawing, layout, parts, profile
from tools.wiring.profile import Profile, ProfileError

_TOP: Final = Path(__file__).parents[1]
_PROFILES: Final = profile.load()
_REFERENCE: Final = _PROFILES["reference"]
_BARE: Final = Profile("bare", None, None, (), (), (), None, None, 1, _REFERENCE.layout)
_SVG: Final = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("board", _PROFILES.values(), ids=lambda board: board.name)
def test_every_profile_is_something_the_chip_allows(board: Profile) -> None:
    assert chip.offences(board) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"power": 12}, "pin 12 (power button) is a strapping pin"),
        ({"led": (18, 19, 6)}, "pin 6 (blue) is a pin of the flash"),
        ({"led": (18, 19, 1)}, "pin 1 (blue) is a pin of the console"),
        ({"led": (18, 19, 24)}, "pin 24 (blue) is on no header"),
        ({"led": (18, 19, 34)}, "pin 34 (blue) can only be an input"),
        ({"rows": (13, 14, 16, 36)}, "pin 36 (row 4) can only be an input"),
        ({"columns": (25, 26, 27, 39)}, "pin 39 (column 4) has no pull-up"),
        ({"power": 34}, "pin 34 (power button) has no pull-up"),
        ({"power": 4, "rows": (13, 14, 16, 33)}, ""),
        ({"rows": (13, 14, 16, 33), "power": 17}, "pin 17 (power button) is no RTC pin"),
        ({"battery": 4}, "pin 4 (battery) is not on ADC1"),
        ({"battery": 34}, ""),
        ({"i2c": (22, 19, 400_000)}, "pin 19 is used 2 times"),
        ({"i2c": (22, 21, 1_000_000)}, "an I2C bus at 1000000 Hz"),
        ({"display": 0x27}, "a display at 0x27"),
        ({"led": (18, 19)}, "an LED with 2 colours"),
        ({"rows": (13, 14, 16)}, "3 rows and 4 columns for 16 keys"),
        ({"divider": 1}, "3.00 to 4.20 V at the ADC"),
    ],
)
def test_what_the_chip_forbids_is_named(change: dict[str, Any], words: str) -> None:
    found = chip.offences(replace(_REFERENCE, **change))
    assert any(words in offence for offence in found) if words else not found


def test_the_emulated_board_has_the_reference_wiring() -> None:
    assert (_REFERENCE.rows, _REFERENCE.columns, _REFERENCE.layout) == (keypad.ROWS, keypad.COLUMNS, keypad.LAYOUT)
    assert (_REFERENCE.power, _REFERENCE.led) == (keypad.POWER_PIN, led.PINS)


def test_a_pin_is_where_the_header_has_it() -> None:
    """Spot checks against the maker's guide, whose numbers begin with 1 at the antenna."""
    places = {36: ("left", 3), 35: ("left", 6), 13: ("left", 15), 23: ("right", 2), 21: ("right", 6), 6: ("right", 19)}
    assert {pin: (chip.place(pin)[0], chip.place(pin)[1] + 1) for pin in places} == places
    assert len(chip.LEFT) == len(chip.RIGHT) == 19
    with pytest.raises(KeyError):
        chip.place(20)


def _drawn(board: Profile) -> ET.Element:
    return ET.fromstring(drawing.draw(board))


def _wires(sheet: ET.Element) -> dict[tuple[int, str], list[tuple[int, ...]]]:
    """The corners of each wire, by pin and net."""
    found = {}
    for group in sheet.iter(f"{_SVG}g"):
        corners = group.findall(f"{_SVG}polyline")[-1].attrib["points"]
        points = [tuple(map(int, point.split(","))) for point in corners.split()]
        found[int(group.attrib["data-pin"]), group.attrib["data-net"]] = points
    return found


@pytest.mark.parametrize("board", [*_PROFILES.values(), _BARE], ids=lambda board: board.name)
def test_the_drawing_has_a_wire_for_each_pin_from_its_place_on_the_header(board: Profile) -> None:
    wires = _wires(_drawn(board))
    assert wires.keys() == {(use.pin, use.net) for use in board.uses}
    for (pin, _), points in wires.items():
        assert points[0] == layout.pin_at(pin)
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in zip(points, points[1:], strict=False))


def _runs(points: list[tuple[int, ...]]) -> list[tuple[bool, int, int, int]]:
    """Stretches of a wire: upright or not, at, from, to."""
    stretches = []
    for (ax, ay), (bx, by) in zip(points, points[1:], strict=False):
        upright = ax == bx
        low, high = sorted((ay, by) if upright else (ax, bx))
        stretches.append((upright, ax if upright else ay, low, high))
    return stretches


@pytest.mark.parametrize(
    "board", [*_PROFILES.values(), replace(_REFERENCE, rows=(4, 27, 14, 13), columns=(32, 26, 25, 17))]
)
def test_wires_cross_but_never_run_over_each_other(board: Profile) -> None:
    for one, other in combinations(_wires(_drawn(board)).values(), 2):
        for a in _runs(one):
            for b in _runs(other):
                is_beside = a[0] != b[0] or abs(a[1] - b[1]) >= 6
                assert is_beside or a[3] <= b[2] or b[3] <= a[2], (one, other)


def test_the_drawing_shows_every_part_with_its_value() -> None:
    sheet = _drawn(_REFERENCE)
    width, height = layout.SHEET
    texts = list(sheet.iter(f"{_SVG}text"))
    assert all(0 < float(text.attrib["x"]) < width and 0 < float(text.attrib["y"]) < height for text in texts)
    words = [text.text or "" for text in texts]
    for part in parts.parts(_REFERENCE):
        assert part.marks.replace(" ", ", ") in words
        assert f"{part.name}, {part.value}" in words
    for mark, value in (("R1", "220 Ω"), ("R2", "68 Ω"), ("R3", "68 Ω"), ("R4", "100 kΩ"), ("R5", "100 kΩ")):
        assert [" ".join(word.split()) for word in words].count(f"{mark} {value}") == 1
    assert {key for row in _REFERENCE.keypad for key in row} <= set(words)


def test_a_bare_module_is_one_part() -> None:
    assert [part.marks for part in parts.parts(_BARE)] == ["U1"]
    assert "Parts" in drawing.draw(_BARE)


def test_the_values_suit_the_parts() -> None:
    """The LED can be seen and spares the pins; the divider fits the firmware's factor."""
    for colour in ("red", "green", "blue"):
        assert parts.LED_MA[0] <= parts.led_ma(colour) <= parts.LED_MA[1]
    assert _REFERENCE.divider == (parts.upper_ohm(_REFERENCE) + parts.DIVIDER_OHM) / parts.DIVIDER_OHM


def _cells(text: str, columns: int) -> list[list[str]]:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if len(row) == columns and not set(row[0]) <= {"-"}]


def test_readme_and_parts_list_agree_with_the_board() -> None:
    """Read as a person reads them, not as they were made."""
    readme = (_TOP / "README.md").read_text(encoding="utf-8")
    rows = [row for row in _cells(readme[readme.index("Profile `reference`") :], 4) if row[1].isdecimal()]
    pins = {int(row[1]) for row in rows[: len(_REFERENCE.uses)]}
    assert pins == {*_REFERENCE.rows, *_REFERENCE.columns, *_REFERENCE.led, 33, 35, 22, 21}
    for wire, pin, place, _ in rows[: len(_REFERENCE.uses)]:
        side, number = chip.place(int(pin))
        assert place == f"{side}, {number + 1}"
        if row := re.search(r"row (\d)", wire):
            assert _REFERENCE.rows[int(row[1]) - 1] == int(pin)
    text = (_TOP / "docs" / "parts.md").read_text(encoding="utf-8")
    listed = {
        row[0]: (row[2], int(row[3])) for row in _cells(text[: text.index("<!-- end -->")], 5) if row[3].isdecimal()
    }
    for part in parts.parts(_REFERENCE):
        assert listed[part.marks.replace(" ", ", ")] == (part.value, part.quantity)
        assert part.quantity == len(part.marks.split())


def test_what_is_generated_is_committed() -> None:
    stale = [name for name, text in made().items() if (_TOP / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run 'make docs'"


def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "board.py"
    for text, words in (
        ("LAYOUT = '1'\n", "no plain table 'PROFILES'"),
        ("LAYOUT = '1'\nPROFILES = {'a': {'i2c': pins()}}", "no plain table 'PROFILES'"),
        ("LAYOUT = '1'\nPROFILES = {'a': {'buzzer': 4}}", "profile 'a' has unknown entries: buzzer"),
    ):
        path.write_text(text)
        with pytest.raises(ProfileError, match=words):
            profile.load(path)
    path.write_text("LAYOUT = '1'\nPROFILES: dict = {'a': {'led': None, 'power': 33}}")
    assert profile.load(path)["a"].uses == [(33, "power button", profile.Role.WAKE)]
