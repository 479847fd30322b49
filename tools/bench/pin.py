# SPDX-License-Identifier: MIT
"""What a PIN costs: flash operations of a try, the sign-in's time on a link of 50 ms, the MAC of a message.

The MAC is timed on the interpreter of this computer: only its ratio to the reference of the same run tells something.
"""

import subprocess
from pathlib import Path
from typing import Final

from tools.bench.figure import Figure, rounded
from tools.bench.stand import ASKED_FOR_PIN, LOCKED, Stand, play, wait_linked
from tools.emulator import Board, rpc
from tools.rig import CASHIER

_RTT_MS: Final = 50
_LIB: Final = Path(__file__).parents[2] / "lib"
_WRONG: Final = "135799"
_DONE: Final = f"type {CASHIER.pin}\npress ENTER\nexpect 签到成功"
_MAC: Final = f"""
import hashlib, sys, time
sys.path.append({str(_LIB)!r})
from cmac import cmac
key, message = bytes(16), bytes(range(200))
def fastest(work):
    best = 1 << 30
    for _ in range(50):
        start = time.time_ns()
        work()
        best = min(best, time.time_ns() - start)
    return best
print(fastest(lambda: cmac(key, message)), fastest(lambda: hashlib.sha256(message).digest()))
"""


def _asked(stand: Stand) -> Board:
    board = stand.board()
    board.link.latency_ms = _RTT_MS
    play(board, LOCKED)
    wait_linked(board)
    play(board, ASKED_FOR_PIN)
    return board


def _took_ms(board: Board) -> int:
    play(board, f"type {CASHIER.pin}")
    before = board.now_ms
    play(board, "press ENTER\nexpect 签到成功")
    return board.now_ms - before


def _flash_ops(board: Board) -> int:
    """Of one wrong PIN, from ENTER to the answer on the screen."""
    play(board, f"type {_WRONG}")
    before = board.flash.operations
    play(board, "press ENTER\nexpect 密码错误")
    operations = board.flash.operations - before
    play(board, "press ENTER\nexpect 密码")
    return operations


def _mac_ns() -> tuple[int, int]:
    """(of a message of 200 bytes, of SHA-256 in C over the same), the fastest of many."""
    told = subprocess.run([*rpc.find_interpreter(), "-c", _MAC], capture_output=True, text=True, check=True).stdout
    mac, digest = told.split()
    return int(mac), int(digest)


def measure(stand: Stand) -> list[Figure]:
    board = _asked(stand)
    operations = _flash_ops(board)
    kept_ms = _took_ms(board)
    other = _asked(stand)
    other.link.reset_connections()
    lost_ms = _took_ms(other)
    mac_ns, hash_ns = _mac_ns()
    return [
        Figure(
            "pin_attempt_flash_ops",
            operations,
            "operations",
            "the try, numbers reserved, the audit event",
            3,
            is_limit=True,
        ),
        Figure("enter_to_signed_in_ms_rtt50", kept_ms, "ms", "the same with a TLS handshake first", lost_ms),
        Figure(
            "mac_us_per_message",
            rounded(mac_ns / 1000),
            "us",
            "SHA-256 in C over the same 200 bytes",
            rounded(hash_ns / 1000),
        ),
    ]
