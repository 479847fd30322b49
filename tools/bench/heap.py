# SPDX-License-Identifier: MIT
"""Live heap on the ready screen, by a task beside the firmware's own: main.py starts it first, the rest is unchanged.

The emulator's part is what the bare interpreter holds when boot.py begins; the firmware's is what is more than with
that task alone.
"""

import re
from typing import Final

from tools.bench.figure import Figure
from tools.bench.stand import ASKED_FOR_PIN, LOCKED, Stand, play, wait_linked, word_factor
from tools.emulator import Board
from tools.emulator.board import HEAP_32
from tools.emulator.image import tree_files
from tools.rig import CASHIER

_BUDGET: Final = 64 * 1024
_SAMPLES: Final = 5
_SAMPLED_MS: Final = 4000
_TELL: Final = b"""
import asyncio
import gc
async def tell():
    while True:
        await asyncio.sleep_ms(500)
        gc.collect()
        print("heap", gc.mem_alloc())
asyncio.create_task(tell())
"""
_IDLE: Final = b"""
async def idle():
    await asyncio.sleep(60)
asyncio.run(idle())
"""
_BARE: Final = {"boot.py": b'import gc\ngc.collect()\nprint("heap", gc.mem_alloc())\n', "main.py": _TELL + _IDLE}
_HEAP: Final = re.compile(rb"^heap (\d+)\r?$", re.MULTILINE)


def _told(board: Board) -> list[int]:
    return [int(number) for number in _HEAP.findall(board.serial)]


def _bare(stand: Stand) -> tuple[int, int]:
    """(before boot.py, with the task alone)."""
    board = stand.bare(_BARE)
    board.power_on()
    board.run(ms=_SAMPLED_MS)
    told = _told(board)
    return told[0], max(told[-_SAMPLES:])


def _signed_in(stand: Stand) -> int:
    """The largest of some samples while the ready screen stands."""
    files = tree_files()
    files["main.py"] = _TELL + files["main.py"]
    board = stand.board(files)
    play(board, LOCKED)
    wait_linked(board)
    play(board, f"{ASKED_FOR_PIN}\ntype {CASHIER.pin}\npress ENTER\nexpect 签到成功\npress ENTER\nexpect 营业中")
    board.run(ms=_SAMPLED_MS)
    return max(_told(board)[-_SAMPLES:])


def measure(stand: Stand) -> list[Figure]:
    (emulator, idle), factor = _bare(stand), word_factor()
    firmware = _signed_in(stand) - idle
    return [
        Figure("heap_live_signed_in_bytes", firmware, "bytes", "budget of the design", _BUDGET * factor, is_limit=True),
        Figure("heap_emulator_bytes", emulator, "bytes", "GC heap of the emulated board", HEAP_32 * factor),
    ]
