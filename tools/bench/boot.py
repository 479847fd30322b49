# SPDX-License-Identifier: MIT
"""From the power button to the lock screen: the chip's time, and the interpreter's work beside a bare start.

Work is CPU time of the interpreter's process, the smallest of a few runs; what other processes do does not count.
"""

import resource
from collections.abc import Callable
from typing import Final

from tools.bench.figure import Figure
from tools.bench.stand import Stand
from tools.emulator import Board
from tools.emulator.script import says

_RUNS: Final = 3
_PATIENCE_MS: Final = 10_000
_ALLOWED_MS: Final = 1500 + 2000  # the hold, and invariant 7
_BARE: Final = {"boot.py": b"", "main.py": b""}


def _children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _until(board: Board, is_met: Callable[[], bool]) -> None:
    if not board.run_until(is_met, _PATIENCE_MS):
        raise RuntimeError(f"the board did not start: {board.serial[-500:].decode('utf-8', 'replace')}")


def _bare_s(board: Board) -> float:
    """CPU time of one life from reset to the prompt."""
    before, said = _children_s(), len(board.serial)
    board.power_on()
    _until(board, lambda: b">>> " in board.serial[said:])
    board.power_off()
    return _children_s() - before


def _firmware(board: Board) -> tuple[float, int]:
    """(CPU time of the life that the button begins, ms from the press to the lock screen)."""
    board.power_on()
    _until(board, lambda: board.state == "deepsleep")
    before, pressed_ms = _children_s(), board.now_ms
    board.button.press()
    _until(board, lambda: says(board, "请签到"))
    locked_ms = board.now_ms
    board.button.release()
    board.power_off()
    return _children_s() - before, locked_ms - pressed_ms


def measure(stand: Stand) -> list[Figure]:
    bare, terminal = stand.bare(_BARE), stand.board()
    bare_s = min(_bare_s(bare) for _ in range(_RUNS))
    runs = [_firmware(terminal) for _ in range(_RUNS)]
    work_s, locked_ms = min(work for work, _ in runs), max(ms for _, ms in runs)
    return [
        Figure("boot_to_lock_ms", locked_ms, "ms", "1.5 s held + 2 s allowed", _ALLOWED_MS, is_limit=True),
        Figure("boot_cpu_ms", round(1000 * work_s, 1), "ms", "bare interpreter to its prompt", round(1000 * bare_s, 1)),
    ]
