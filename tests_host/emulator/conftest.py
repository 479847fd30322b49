# SPDX-License-Identifier: MIT
"""Boards that run a few lines of MicroPython instead of the firmware; they are closed after the test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest

from tools.emulator import Board, flash_image

MakeBoard = Callable[..., Board]


@pytest.fixture
def make_board(tmp_path: Path) -> Iterator[MakeBoard]:
    """`make_board(main="", boot="", files={}, seed=1)`: a flashed board, switched off."""
    with ExitStack() as boards:

        def make(main: str = "", boot: str = "", files: dict[str, bytes] | None = None, seed: int = 1) -> Board:
            path = tmp_path / f"flash{len(list(tmp_path.glob('flash*')))}.bin"
            tree = {"boot.py": dedent(boot).encode(), "main.py": dedent(main).encode(), **(files or {})}
            return boards.enter_context(Board(flash_image(path, tree), seed=seed))

        yield make


@pytest.fixture
def board(make_board: MakeBoard) -> Board:
    """A board with empty boot.py and main.py."""
    return make_board()


def run(board: Board, code: str) -> str:
    """`board.exec` of an indented block."""
    return board.exec(dedent(code))
