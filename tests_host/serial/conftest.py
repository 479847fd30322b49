# SPDX-License-Identifier: MIT
"""Emulated boards in real time, for programs that know a serial port and nothing else."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tools.emulator import Board
from tools.emulator.flash import SIZE
from tools.emulator.live import LiveBoard

_PACE = 20.0  # times as fast as a real one

Plug = Callable[[Path], LiveBoard]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The flash of a chip as it comes from its maker."""
    path = tmp_path / "bare.bin"
    path.write_bytes(b"\xff" * SIZE)
    return path


@pytest.fixture
def plug() -> Iterator[Plug]:
    """`plug(flash)`: a board with this flash, switched on, at `.port`; its cable is pulled by `.close()`."""
    with ExitStack() as boards:

        def connect(flash: Path) -> LiveBoard:
            live = boards.enter_context(LiveBoard(boards.enter_context(Board(flash)), _PACE))
            live.call(lambda board: board.power_on())
            return live

        yield connect
