# SPDX-License-Identifier: MIT
"""A day's batch: how fast it is uploaded with 50 ms to the host, how long a sign-out with a full batch takes, and how
long a start with one. Times are the board's own; the reference of the link sends one request at a time.
"""

from datetime import UTC, datetime
from typing import Final

from tools.bench.figure import Figure, rounded
from tools.bench.stand import ASKED_FOR_PIN, LOCKED, Stand, play, wait_linked
from tools.emulator import Board
from tools.emulator.image import tree_files
from tools.emulator.script import says
from tools.rig import CASHIER

_FULL: Final = 900
_SOME: Final = 100
_RTT_MS: Final = 50
_PATIENCE_MS: Final = 600_000
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_QUEUED, _ACKED = 1, 2
_FILL: Final = """
from firmware.store.journal import CASH, Journal, Txn
journal = Journal()
journal.mount()
state = journal.state
journal.change(batch=1)
txn = Txn()
txn.epoch, txn.batch, txn.amount = state.epoch, state.batch, 100
txn.time, txn.operator, txn.shift, txn.zone = {now}, 1, 1, 480
txn.kind, txn.status = CASH, {status}
for _ in range({count}):
    txn.stan = journal.next_stan()
    journal.record(txn)
"""
_ADVICE: Final = "firmware/flows/advice.py"
_SEVERAL, _ONE = b"_IN_FLIGHT = const(8)\n_FEW = const(4)\n", b"_IN_FLIGHT = const(1)\n_FEW = const(0)\n"


def _one_at_a_time() -> dict[str, bytes]:
    files = tree_files()
    if _SEVERAL not in files[_ADVICE]:
        raise RuntimeError(f"{_ADVICE} says otherwise how many are on their way")
    return {**files, _ADVICE: files[_ADVICE].replace(_SEVERAL, _ONE)}


def _fill(board: Board, status: int, count: int) -> None:
    """So many sales of an hour ago by the host's clock."""
    now_s = int((datetime.now(UTC) - _EPOCH).total_seconds()) - 3600
    board.exec(_FILL.format(status=status, count=count, now=now_s))


def _until(board: Board, words: str) -> int:
    """ms of the board's time until the screen says so."""
    start = board.now_ms
    if not board.run_until(lambda: says(board, words), _PATIENCE_MS):
        raise RuntimeError(f"no {words} on the screen: {board.panel.text()}")
    return board.now_ms - start


def _signed_in(board: Board) -> None:
    board.link.latency_ms = _RTT_MS
    play(board, LOCKED)
    wait_linked(board)
    play(board, f"{ASKED_FOR_PIN}\ntype {CASHIER.pin}\npress ENTER\nexpect 签到成功\npress ENTER")


def _upload_rate(stand: Stand, files: dict[str, bytes] | None) -> float:
    """Records a second, from the sign-in on."""
    board = stand.board(files)
    _fill(board, _QUEUED, _SOME)
    _signed_in(board)
    if not board.run_until(lambda: board.serial.count(b" advice ") == _SOME, _PATIENCE_MS):
        raise RuntimeError(f"not uploaded: {board.serial[-500:].decode('utf-8', 'replace')}")
    ticks = [int(line.split()[0]) for line in board.serial.splitlines() if b" advice " in line]
    return 1000 * (_SOME - 1) / (ticks[-1] - ticks[0])


def _sign_out_s(stand: Stand) -> float:
    """From the end of the sign-in, which begins the upload, to the farewell; a person's keys are in it."""
    board = stand.board()
    _fill(board, _QUEUED, _FULL)
    _signed_in(board)
    start = board.now_ms
    play(board, "expect 营业中 within 60 s\npress MENU 3")
    _until(board, "密码")
    play(board, f"type {CASHIER.pin}\npress ENTER\nexpect 合计 within 60 s\npress ENTER\nexpect 结束营业\npress ENTER")
    _until(board, "签退成功")
    return (board.now_ms - start) / 1000


def _recovery_ms(stand: Stand, count: int) -> int:
    """From the power button to the lock screen."""
    board = stand.board()
    if count:
        _fill(board, _ACKED, count)
    play(board, "power on\nwait 1 s\nasleep")
    board.button.press()
    taken = _until(board, "请签到")
    board.button.release()
    return taken


def measure(stand: Stand) -> list[Figure]:
    one = _upload_rate(stand, _one_at_a_time())
    empty, full = _recovery_ms(stand, 0), _recovery_ms(stand, _FULL)
    return [
        Figure(
            "upload_records_per_s_rtt50",
            rounded(_upload_rate(stand, None)),
            "1/s",
            "one at a time",
            rounded(one),
            better="higher",
            is_limit=True,
        ),
        Figure(
            "signout_900_records_s_rtt50",
            rounded(_sign_out_s(stand)),
            "s",
            "900 uploads one at a time",
            rounded(_FULL / one),
            is_limit=True,
        ),
        Figure("recovery_ms_full_journal", full, "ms", "an empty journal", empty),
    ]
