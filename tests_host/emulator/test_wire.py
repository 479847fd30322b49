# SPDX-License-Identifier: MIT
"""The two ends of the wire name the same operations, and every operation has someone who answers it."""

import re

import pytest

from tools.emulator import Board
from tools.emulator.chip import Chip
from tools.emulator.rpc import MODULES, Op

_CONSTANT = re.compile(r"^_([A-Z0-9_]+) = const\((\d+)\)", re.MULTILINE)
_CALLED = re.compile(r"(?:call|fetch|_try)\(_([A-Z0-9_]+)")
_THE_BOARDS = {Op.WAIT, Op.SLEEP, Op.RESET, Op.CHIP_SLEEP, Op.EXIT}
_THE_CONSOLES = {Op.CONSOLE_MODE, Op.CONSOLE_READ, Op.CONSOLE_WRITE}


@pytest.mark.parametrize("path", sorted(MODULES.glob("*.py")), ids=lambda path: path.stem)
def test_operation_numbers_agree(path: object) -> None:
    text = (MODULES / str(path)).read_text()
    constants = {name: int(number) for name, number in _CONSTANT.findall(text)}
    called = set(_CALLED.findall(text))
    assert {name: constants[name] for name in called} == {name: Op[name].value for name in called}


def test_every_operation_is_used_and_answered() -> None:
    used = {name for path in MODULES.glob("*.py") for name in _CALLED.findall(path.read_text())}
    assert used == {op.name for op in Op}
    assert {op.name.lower() for op in Op if op not in _THE_BOARDS | _THE_CONSOLES} <= {
        name.lstrip("_") for name in vars(Chip)
    }


def test_calls_are_cheap(board: Board) -> None:
    """A budget in calls, not in time: what one press of a key may cost the wire."""
    before = board.requests
    board.exec("import machine\nfor _ in range(1000): machine.Pin(4).value()")
    assert 1000 <= board.requests - before < 1040
