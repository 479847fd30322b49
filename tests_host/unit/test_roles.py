# SPDX-License-Identifier: MIT
"""firmware/roles.py on MicroPython, cell by cell, and the same table as SECURITY.md prints it (E4)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests_host.unit.mp import MicroPython

_TOP: Final = Path(__file__).resolve().parents[2]
_CODE: Final = """
from firmware import roles

def may(role, action):
    return roles.may(role, action)

def known():
    return [list(roles.ROLES), sorted(roles.TABLE)]
"""
_ROLES: Final = (0, 1, 9)  # cashier, supervisor, administrator, as the host tells them (RL)
_CELLS: Final = {
    "sale": ("yes", "yes", "no"),
    "order": ("yes", "yes", "no"),
    "void": ("ask", "yes", "no"),
    "refund": ("ask", "yes", "no"),
    "balance": ("yes", "yes", "yes"),
    "history": ("yes", "yes", "yes"),
    "last_batch": ("yes", "yes", "yes"),
    "totals": ("yes", "yes", "yes"),
    "sign_out": ("yes", "yes", "yes"),
    "handover": ("yes", "yes", "yes"),
    "change_pin": ("yes", "yes", "yes"),
    "support": ("yes", "yes", "yes"),
    "diagnostics": ("yes", "yes", "yes"),
    "adjust": ("yes", "yes", "yes"),
    "language": ("yes", "yes", "yes"),
    "service": ("ask", "yes", "yes"),
}
_ROW: Final = re.compile(r"^\| `(\w+)`[^|]*\| (\w+) \| (\w+) \| (\w+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def test_e4_every_cell_of_the_table(chip: MicroPython) -> None:
    """E4: each role and action; there are no others."""
    assert chip.call("known") == [list(_ROLES), sorted(_CELLS)]
    cases = [(role, action) for action in _CELLS for role in _ROLES]
    answers = [answer.value for answer in chip.call_all("may", cases)]
    assert answers == [_CELLS[action][_ROLES.index(role)] for role, action in cases]


def test_e4_whoever_is_unknown_may_nothing(chip: MicroPython) -> None:
    """E4: a role or an action that nobody has heard of is no, and no error either."""
    strangers: list[tuple[object, object]] = [
        (role, action) for role in (-1, 2, 3, 8, 10, 255, None, "0", "") for action in _CELLS
    ]
    strangers += [(role, action) for role in _ROLES for action in ("", "nothing", "SALE", "sale ", None, 0)]
    answers = chip.call_all("may", strangers)
    assert {(answer.value, answer.kind) for answer in answers} == {("no", None)}


def test_e4_the_manual_prints_the_same_table() -> None:
    """E4: SECURITY.md, row by row."""
    text = (_TOP / "SECURITY.md").read_text(encoding="utf-8")
    printed = {action: (cashier, supervisor, admin) for action, cashier, supervisor, admin in _ROW.findall(text)}
    assert printed == _CELLS
