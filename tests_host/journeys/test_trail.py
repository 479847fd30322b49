# SPDX-License-Identifier: MIT
"""The terminal's audit trail: written as things happen, chained, held by the host (E2, E4, L1, S4, C3)."""

import sqlite3
import struct
from contextlib import closing

import pytest

from tests_host.journeys.bench import Bench
from tools.rig import CASHIER, SUPERVISOR

_POWER_ON, _SIGN_IN, _SIGN_IN_FAILED, _SIGN_OUT, _PIN_FAILED, _PIN_LOCKED = 1, 2, 3, 4, 5, 6
_LOCKED, _UNLOCKED = 9, 10
_NOBODY = 255


def _held(bench: Bench) -> list[tuple[int, int, int, str]]:
    """(number, event, operator, mark) of what the host holds of this terminal, in its order."""
    query = "SELECT record, mark FROM terminal_audit WHERE tid = ? ORDER BY id"
    with closing(sqlite3.connect(bench.host.folder / "host.sqlite")) as database:
        rows = database.execute(query, (bench.tid,)).fetchall()
    form = struct.Struct(">I4xBB10x")
    return [(*form.unpack(bytes.fromhex(record)), mark) for record, mark in rows]


def _wait(bench: Bench, count: int, within_s: int = 200) -> list[tuple[int, int, int, str]]:
    assert bench.board.run_until(lambda: len(_held(bench)) >= count, within_s * 1000), _held(bench)
    return _held(bench)


def test_s4_the_host_holds_what_the_terminal_has_seen(locked: Bench) -> None:
    """S4, E2, E4: power-on, a wrong PIN, the sign-in, the handing over; whole, in order and chained."""
    locked.enter_operator()
    locked.press(*"135799", "ENTER")
    locked.expect("密码错误")
    locked.press("ENTER")
    locked.expect("密码 操作员")
    locked.press(*CASHIER.pin, "ENTER")
    locked.expect("签到成功")
    locked.press("ENTER")
    locked.expect("营业中")
    rows = _wait(locked, 3)
    assert [(event, operator) for _, event, operator, _ in rows] == [
        (_POWER_ON, _NOBODY),
        (_SIGN_IN_FAILED, 1),
        (_SIGN_IN, 1),
    ]
    assert [number for number, *_ in rows] == [1, 2, 3]
    assert not any(mark for *_, mark in rows)


@pytest.mark.long
def test_l1_locks_and_their_ends_are_noted(signed_in: Bench) -> None:
    """L1: under maintenance and out of it again; the idle lock is nothing to note."""
    before = len(_wait(signed_in, 2))
    signed_in.host.enrolment.control_terminal(signed_in.tid, lock_level=2)
    signed_in.expect("系统维护中", within_s=70)
    signed_in.host.enrolment.control_terminal(signed_in.tid, lock_level=0)
    signed_in.expect("营业中", within_s=70)
    rows = _wait(signed_in, before + 2)[before:]
    assert [event for _, event, _, _ in rows] == [_LOCKED, _UNLOCKED]


@pytest.mark.long
def test_e2_what_happened_without_network_is_told_later_and_restarts_break_nothing(locked: Bench) -> None:
    """E2, W3: local failures, a lock-out, two restarts; the chain goes on where it was."""
    locked.sign_in(SUPERVISOR)
    locked.play("wifi off")
    locked.expect("已锁屏", within_s=310)
    for _ in range(3):
        locked.press("ENTER")
        locked.expect("密码 操作员000")
        locked.press(*"135799", "ENTER")
        locked.expect("密码错误")
        locked.press("ENTER")
        locked.expect("密码")
        locked.press("CANCEL")
        locked.board.run(500)
    locked.expect("密码已锁定")
    for _ in range(2):
        locked.board.cut_power()
        locked.start("密码已锁定")
    locked.play("wifi on")
    rows = _wait(locked, 9)
    events = [event for _, event, _, _ in rows]
    assert events[:2] == [_POWER_ON, _SIGN_IN] and events.count(_PIN_FAILED) == 3
    assert events.count(_PIN_LOCKED) == 3 and events.count(_POWER_ON) == 3
    assert [number for number, *_ in rows] == list(range(1, len(rows) + 1))
    assert not any(mark for *_, mark in rows)
