# SPDX-License-Identifier: MIT
"""What the tests of the behaviour table share: snippets that report by rows, run by the real interpreter on a board.

A snippet calls `row(name, value)`; `fault(work, ...)` gives what work() returns, or the exception as text.
"""

import json
from pathlib import Path
from textwrap import dedent

from tools.emulator import Board, flash_image

_PRELUDE = """
import json
def row(name, value):
    is_plain = isinstance(value, (int, bool, str, list, tuple, type(None)))
    print("ROW", name, json.dumps(value if is_plain else repr(value)))
def fault(work, *args, **kwargs):
    try:
        value = work(*args, **kwargs)
    except Exception as e:
        return type(e).__name__ + repr(e.args)
    return value
"""

Rows = dict[str, object]


def new_board(folder: Path, main: str = "", seed: int = 1) -> Board:
    """A flashed board, switched off; whoever asks closes it."""
    path = folder / f"chip{len(list(folder.glob('chip*')))}.bin"
    return Board(flash_image(path, {"boot.py": b"", "main.py": (_PRELUDE + dedent(main)).encode()}), seed=seed)


def rows_of(text: str) -> Rows:
    """The rows among what a board has said."""
    found: Rows = {}
    for line in text.splitlines():
        if line.startswith("ROW "):
            _, name, value = line.split(" ", 2)
            assert name not in found, f"row {name} twice"
            found[name] = json.loads(value)
    return found


def told(board: Board, snippet: str) -> Rows:
    """Run a snippet instead of the board's programs."""
    return rows_of(board.exec(_PRELUDE + dedent(snippet)))
