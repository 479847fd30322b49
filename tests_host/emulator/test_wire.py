# SPDX-License-Identifier: MIT
"""The two ends of the wire name the same operations, and every operation has someone who answers it."""

import re

import pytest

from tools.emulator import Board
from tools.emulator.chip import Chip
from tools.emulator.rpc import MODULES, Op

_CONSTANT = re.compile(r"^_([A-Z0-9_]+) = const\((\d+)\)", re.MULTILINE)
_CALLED = re.compile(r"(?:call|fetch|post|_try)\(_([A-Z0-9_]+)")
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
    board.exec("import machine\npin = machine.Pin(4)\nfor _ in range(1000): pin.value()")
    assert board.requests - before < 100
    before = board.requests
    board.exec("import machine\npin = machine.Pin(4, machine.Pin.OUT)\nfor n in range(1000): pin.value(n & 1)")
    assert 1000 <= board.requests - before < 1040


def test_a_loop_that_only_reads_sees_the_level_change(board: Board) -> None:
    """What is read is never older than some tens of microseconds."""
    board.clock.after(400_000, lambda: board.pins.close(4, -1))
    out = board.exec(
        """
import machine, time
pin = machine.Pin(4, machine.Pin.IN, machine.Pin.PULL_UP)
while pin.value():
    pass
print(time.ticks_ms() < 2000, pin.value())
""",
        timeout_ms=5000,
    )
    assert out.split() == ["True", "0"]
