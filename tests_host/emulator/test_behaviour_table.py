# SPDX-License-Identifier: MIT
"""docs/emulated-board.md is complete: every name that the device uses has a row, every row a test that exists."""

import importlib
import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests_host.emulator.api_use import MODULES, TOP, device_files, stale_extras, unresolved, used_names, uses_in
from tests_host.emulator.behaviour import new_board

_DOCUMENT: Final = TOP / "docs" / "emulated-board.md"
_NAME: Final = re.compile(r"`((?:" + "|".join(sorted(MODULES)) + r")\.[\w.]+)`")
_OBJECTS: Final = {
    "machine.Pin": "machine.Pin(4)",
    "machine.PWM": "machine.PWM(machine.Pin(5))",
    "machine.ADC": "machine.ADC(35)",
    "machine.I2C": "machine.I2C(0)",
    "machine.WDT": "machine.WDT(timeout=99999)",
    "machine.RTC": "machine.RTC()",
    "machine.Timer": "machine.Timer(0)",
    "esp32.Partition": "esp32.Partition('journal')",
    "esp32.NVS": "esp32.NVS('x')",
    "network.WLAN": "network.WLAN()",
    "socket.socket": "socket.socket()",
}


class Row(NamedTuple):
    names: list[str]
    behaviour: str
    source: str
    tests: list[str]


def _rows() -> list[Row]:
    rows = []
    for line in _DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("|") and len(cells) == 4 and cells[3].rstrip("|").strip() not in ("Test", "---"):
            tests = [test.strip() for test in cells[3].rstrip("|").split(",")]
            rows.append(Row(_NAME.findall(cells[0]), cells[1], cells[2], tests))
    return rows


ROWS: Final = _rows()


def test_every_name_that_the_device_uses_has_a_row() -> None:
    described = {name for row in ROWS for name in row.names}
    missing = {name: sorted(files) for name, files in used_names().items() if name not in described}
    assert not missing


def test_the_finder_of_names_knows_every_object() -> None:
    """A method that only the chip's objects have, on an object that nothing is known of, needs an entry in EXTRA."""
    assert unresolved() == []
    assert stale_extras() == []
    assert len(device_files()) > 50
    assert {"machine.Pin.irq", "network.WLAN.status", "esp32.Partition.writeblocks"} <= set(used_names())


def test_every_row_says_what_where_and_how_it_is_tested() -> None:
    assert len(ROWS) > 70
    for row in ROWS:
        assert row.behaviour and row.tests, row
        assert row.source or not row.names, row


def _exists(test: str) -> bool:
    room, _, name = test.partition(":")
    function, _, parameter = name.partition("[")
    for stem in (f"test_behaviour_{room}", f"test_{room}"):
        path = Path(__file__).with_name(f"{stem}.py")
        if not path.exists():
            continue
        module = importlib.import_module(f"tests_host.emulator.{stem}")
        if name in getattr(module, "ROWS", ()):
            return True
        if callable(getattr(module, function, None)):
            text = path.read_text()
            return not parameter or f'"{parameter.rstrip("]")}"' in text
    return False


@pytest.mark.parametrize("row", ROWS, ids=lambda row: (row.names or [row.behaviour])[0][:40])
def test_the_tests_of_a_row_exist(row: Row) -> None:
    assert [test for test in row.tests if not _exists(test)] == []


def test_no_behaviour_is_tested_without_a_row() -> None:
    """Each row of the tests stands in the document."""
    written = {test for row in ROWS for test in row.tests}
    for room in ("machine", "storage", "radio", "system"):
        module = importlib.import_module(f"tests_host.emulator.test_behaviour_{room}")
        assert [name for name in module.ROWS if f"{room}:{name}" not in written and name not in _ASIDE] == []


_ASIDE: Final = {"pin-print"}


def test_the_board_offers_every_name_of_the_table(tmp_path: Path) -> None:
    names = sorted({name for row in ROWS for name in row.names})
    expressions = {}
    for name in names:
        owner, _, attribute = name.rpartition(".")
        expressions[name] = f"hasattr({_OBJECTS.get(owner, owner)}, {attribute!r})"
    checks = "\n".join(f"print({expression} or {name!r})" for name, expression in expressions.items())
    with new_board(tmp_path) as board:
        said = board.exec(f"import {', '.join(sorted(MODULES - {'neopixel'}))}\n{checks}").split()
    assert [line for line in said if line != "True"] == []
    assert len(said) == len(names)


def test_the_finder_reads_what_it_should() -> None:
    text = """
import machine
from os import urandom as dice
def f(a: "machine.ADC | None", b: list):
    self.pins = (machine.Pin(1), machine.Pin(2))
    for pin in self.pins:
        pin.irq(None)
    a.read_uv(dice(1)); b.read()
"""
    assert sorted(set(uses_in("x.py", text))) == ["machine.ADC.read_uv", "machine.Pin", "machine.Pin.irq", "os.urandom"]
