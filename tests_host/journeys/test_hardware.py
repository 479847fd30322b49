# SPDX-License-Identifier: MIT
"""Parts that fail at work: flash that takes nothing, a display that dies, a key that sticks (P3, O4, W3)."""

import pytest

from tests_host.journeys.bench import Bench, BrokenFlash
from tools.rig import CASHIER


def test_w3_a_sale_that_cannot_be_written_is_not_taken(flash: BrokenFlash, signed_in: Bench) -> None:
    """W3, O4: the fault is told with what to do; nothing goes to the host; with sound flash the next sale counts."""
    signed_in.press("1")
    signed_in.expect("现金收款")
    signed_in.press(*"500", "ENTER")
    signed_in.expect("收款金额")
    heard = list(signed_in.heard)
    flash.is_broken = True
    signed_in.press("ENTER")
    signed_in.expect("J1", "请联系维修")
    signed_in.board.run(5000)
    flash.is_broken = False
    assert signed_in.heard == heard
    assert signed_in.journal().transactions == []
    signed_in.press("ENTER", "ENTER")
    signed_in.expect("营业中")
    signed_in.sell("700")
    assert signed_in.uploaded(1)
    assert signed_in.differences(1) == []


def test_o4_a_hardware_fault_stops_the_sign_out_and_says_call_maintenance(flash: BrokenFlash, signed_in: Bench) -> None:
    """O4: before anything is sent; the shift goes on when the flash does."""
    signed_in.sell("100")
    assert signed_in.uploaded(1)
    signed_in.to_totals()
    flash.is_broken = True
    signed_in.confirm_sign_out()
    signed_in.expect("J1", "请联系维修")
    assert "0500/201" not in signed_in.heard
    flash.is_broken = False
    signed_in.press("ENTER", "ENTER")
    signed_in.expect("营业中")
    signed_in.sign_out()
    assert signed_in.differences(1) == []


def test_p3_a_display_that_dies_at_work_takes_no_data_with_it(signed_in: Bench) -> None:
    """P3: keys, light and network go on; what was sold is uploaded; the display's return is noticed."""
    board = signed_in.board
    board.panel.broken = True
    signed_in.press("1")
    board.run(500)
    signed_in.press(*"500", "ENTER")
    board.run(500)
    signed_in.press("ENTER")
    assert signed_in.uploaded(1)
    board.run(6000)
    board.panel.broken = False
    signed_in.expect("营业中", "共1笔", within_s=70)
    signed_in.play("led steady green")


@pytest.mark.parametrize("key", ["5", "ENTER"])
def test_p3_a_key_that_sticks_at_work_types_once(locked: Bench, key: str) -> None:
    """E1: a key held down is one digit, not many; the others are heard again when it is free."""
    locked.press("ENTER")
    locked.expect("操作员号")
    locked.press("0", "0")
    locked.board.keypad.hold(key)
    locked.board.run(3000)
    locked.board.keypad.release(key)
    locked.board.run(200)
    if key == "5":
        assert "005" in locked.board.panel.text()
        return
    locked.press("1", "ENTER")
    locked.expect("密码 操作员000")
    locked.press(*CASHIER.pin)
    locked.expect("******")
