# SPDX-License-Identifier: MIT
"""Sale by QR (W1, W4): the code is read from the panel's pixels; a customer pays, waits or goes away."""

from typing import Final

import pytest
import zxingcpp
from PIL import Image

from tests_host.journeys.bench import Bench
from tests_host.journeys.fault_bench import expect_trouble
from tests_host.serial import terminals
from tools.journal import Status
from tools.rig import SUPERVISOR

_MINUTES: Final = 5  # one, two and two more, each try a while


def _ask_for(bench: Bench, digits: str = "1250") -> None:
    """From the ready screen to the order."""
    bench.press("2")
    bench.expect("扫码收款")
    bench.press(*digits, "ENTER")
    bench.expect("收款金额")
    bench.press("ENTER")


def _order(bench: Bench, digits: str = "1250") -> str:
    """From the ready screen to the code; its text, as a phone reads it."""
    _ask_for(bench, digits)
    assert bench.board.run_until(lambda: _scanned(bench) != "", 20_000), "no code that a phone can read"
    return _scanned(bench)


def _scanned(bench: Bench) -> str:
    """What is on the left of the panel, enlarged as a camera would see it."""
    rows = [bytes(255 if lit else 0 for lit in row[:64]) for row in bench.board.panel.pixels]
    picture = Image.frombytes("L", (64, 64), b"".join(rows)).resize((512, 512), Image.Resampling.NEAREST)
    found = zxingcpp.read_barcodes(picture)
    return found[0].text if found else ""


def _statuses(bench: Bench) -> list[Status]:
    return [record.status for record in bench.journal().transactions]


def test_w1_a_customer_pays(signed_in: Bench) -> None:
    """W1: code, payment, result; booked once at both sides."""
    code = _order(signed_in)
    assert _statuses(signed_in) == [Status.OPEN]
    signed_in.host.phone.pay(code)
    signed_in.expect("收款成功", "12.50", "顾客已付款")
    assert _statuses(signed_in) == [Status.ACKED]
    signed_in.press("ENTER")
    signed_in.expect("营业中", "共1笔")
    signed_in.sign_out()


def test_w1_an_order_is_cancelled(signed_in: Bench) -> None:
    """W1, W4: the host undoes it; nothing is in the totals, and nobody can pay it afterwards."""
    _order(signed_in)
    signed_in.press("CANCEL")
    signed_in.expect("未收款", "订单已取消")
    assert _statuses(signed_in) == [Status.UNDONE]
    signed_in.press("ENTER")
    signed_in.expect("营业中", "共0笔")
    signed_in.sign_out()


def test_w4_paid_while_it_is_cancelled(signed_in: Bench) -> None:
    """W4: the customer was faster; the money is there, and is said to be there."""
    code = _order(signed_in)
    signed_in.host.once("0400/000", lambda: signed_in.host.phone.pay(code))
    signed_in.press("CANCEL")
    signed_in.expect("收款成功", "顾客已付款")
    signed_in.press("ENTER")
    signed_in.sign_out()


@pytest.mark.long
def test_w1_nobody_pays_in_time(signed_in: Bench) -> None:
    """W1: at the end of its time the order is undone."""
    _order(signed_in)
    signed_in.expect("未收款", within_s=200)
    assert _statuses(signed_in) == [Status.UNDONE]


def test_w4_an_order_without_an_answer_is_undone_behind_the_counter(signed_in: Bench) -> None:
    """W4: said as trouble of the line, never as declined; resolved without anybody."""
    signed_in.host.faults.no_answer(signed_in.tid, on="0200/000")
    _ask_for(signed_in)
    expect_trouble(signed_in, "N2", within_s=60)
    assert signed_in.board.run_until(lambda: _statuses(signed_in) == [Status.UNDONE], 90_000)
    signed_in.expect("营业中", "12.50 未付款", within_s=90)
    signed_in.sign_out()


def test_w4_the_next_sale_waits_for_what_is_not_known_whatever_goes_on_behind_it(signed_in: Bench) -> None:
    """W4: also when the work behind the counter has not ended yet."""
    signed_in.board.cut_power()
    terminals.deploy(
        signed_in,
        "firmware/flows/order.py",
        "    if t.journal.open:\n",
        "    t.is_behind = True\n    if t.journal.open:\n",
    )
    signed_in.start_linked()
    signed_in.sign_in()
    signed_in.host.faults.no_answer(signed_in.tid, on="0200/000")
    signed_in.host.faults.no_answer(signed_in.tid, on="0400/000")
    _ask_for(signed_in)
    expect_trouble(signed_in, "N2", within_s=60)
    signed_in.press("ENTER")
    _ask_for(signed_in)
    expect_trouble(signed_in, "N2", within_s=60)
    assert len(_statuses(signed_in)) == 1, "a sale beside one of which nobody knows how it ended"


def test_w4_power_fails_under_the_code(signed_in: Bench) -> None:
    """W4, O5: after the restart and the sign-in the host is asked; it was paid meanwhile."""
    code = _order(signed_in)
    signed_in.board.cut_power()
    signed_in.host.phone.pay(code)
    signed_in.start_linked()
    signed_in.sign_in()
    assert signed_in.board.run_until(lambda: _statuses(signed_in) == [Status.ACKED], 30_000)
    signed_in.expect("12.50 已付款")
    signed_in.sign_out()


def _void(bench: Bench, pin: str = SUPERVISOR.pin, newer: int = 0) -> None:
    """The transaction before so many newer ones, from the ready screen to the supervisor's PIN."""
    bench.press("MENU", "9", *["DOWN"] * newer)
    bench.expect(f"第{newer + 1}笔", "A撤销")
    bench.press("MENU")
    bench.expect("撤销交易")
    bench.press("ENTER")
    bench.expect("密码 操作员000")
    bench.press(*pin, "ENTER")


def _close_with_what_was_given_back(bench: Bench) -> None:
    bench.to_totals()
    bench.press("ENTER")
    bench.expect("退回1笔 7.00")
    bench.confirm_sign_out()
    bench.expect("签退成功")
    assert bench.differences(1) == []


def test_w1_a_sale_is_voided_with_the_supervisors_pin(signed_in: Bench) -> None:
    """W1, W2, E4: a wrong PIN changes nothing; both books say the same; it is not voided twice."""
    signed_in.sell("700")
    assert signed_in.uploaded(1)
    _void(signed_in, "135799")
    signed_in.expect("还可输入4次")
    signed_in.press("ENTER")
    signed_in.expect("营业中")
    _void(signed_in, newer=1)
    signed_in.expect("撤销成功")
    signed_in.press("ENTER")
    assert _statuses(signed_in) == [Status.VOIDED, Status.UNDONE, Status.ACKED]
    signed_in.press("MENU", "9", "DOWN", "DOWN")
    signed_in.expect("第3笔", "已撤销")
    signed_in.press("MENU")
    signed_in.expect("不能撤销")
    signed_in.press("ENTER")
    _close_with_what_was_given_back(signed_in)


def test_w4_power_fails_between_a_void_and_the_mark_on_what_it_gave_back(signed_in: Bench) -> None:
    """W4, O5: the restart finishes it, so that the sale cannot be given back again."""
    signed_in.sell("700")
    assert signed_in.uploaded(1)
    signed_in.host.once("0200/000", lambda: signed_in.board.flash.cut_at(3, "before"))  # the tries, the void, the mark
    _void(signed_in)
    assert signed_in.board.run_until(lambda: signed_in.board.state == "off", 30_000)
    assert _statuses(signed_in) == [Status.ACKED, Status.ACKED]
    signed_in.start_linked()
    assert _statuses(signed_in) == [Status.VOIDED, Status.ACKED]
    signed_in.sign_in()
    _close_with_what_was_given_back(signed_in)


@pytest.mark.long
def test_w4_a_void_without_an_answer_is_undone(signed_in: Bench) -> None:
    """W4: said as not known; the sale stands again."""
    signed_in.sell("700")
    assert signed_in.uploaded(1)
    signed_in.host.faults.no_answer(signed_in.tid, on="void")
    _void(signed_in)
    signed_in.expect("正在查询", within_s=60)
    signed_in.press("ENTER")
    expected = [Status.ACKED, Status.UNDONE]
    assert signed_in.board.run_until(lambda: _statuses(signed_in) == expected, 90_000)
    signed_in.expect("7.00 未退回")
    signed_in.sign_out()


def test_w2_the_last_batch_is_reported(signed_in: Bench) -> None:
    """W2: after the sign-out, by operator."""
    signed_in.sell("700")
    signed_in.sell("550")
    signed_in.sign_out()
    signed_in.restart()
    signed_in.sign_in()
    signed_in.press("MENU", "UP", "UP", "UP", "ENTER")
    signed_in.expect("上批报表", "批次000001", "合计 2笔 12.50")
    signed_in.press("ENTER")
    signed_in.expect("001", "2笔 12.50")


def _fill(bench: Bench, count: int) -> None:
    """So many transactions of the batch that is open, as if they had been uploaded; the board is switched off."""
    bench.board.exec(
        f"""
from firmware.store.journal import ACKED, CASH, Journal, Txn
journal = Journal()
journal.mount()
state = journal.state
txn = Txn()
txn.epoch, txn.batch, txn.amount = state.epoch, state.batch, 100
txn.time = txn.operator = txn.shift = txn.zone = 0
txn.kind, txn.status = CASH, ACKED
for _ in range({count}):
    txn.stan = journal.next_stan()
    journal.record(txn)
"""
    )


def test_w3_a_batch_that_fills_says_so_and_takes_no_more_than_it_holds(signed_in: Bench) -> None:
    """W3, O3: a warning from 80 % on; at 900 nothing is begun that could not be recorded."""
    signed_in.board.cut_power()
    _fill(signed_in, 720)
    signed_in.start_linked()
    signed_in.sign_in()
    signed_in.expect("批次已用80% 请签退")
    signed_in.board.cut_power()
    _fill(signed_in, 180)
    signed_in.start_linked()
    signed_in.sign_in()
    for key in "12":
        signed_in.press(key)
        signed_in.expect("批次已满 请先签退")
        signed_in.press("ENTER")
        signed_in.expect("营业中")


@pytest.mark.long
def test_w4_what_cannot_be_learnt_stops_the_selling(signed_in: Bench) -> None:
    """W4: three failures to undo an order, and no sale is begun until it is known; then all goes on by itself."""
    faults = signed_in.host.faults
    faults.no_answer(signed_in.tid, on="order")
    for message in ("0400/000", "0401/000"):
        faults.no_answer(signed_in.tid, on=message, times=100)
    _ask_for(signed_in)
    expect_trouble(signed_in, "N2", within_s=60)
    signed_in.press("ENTER")
    signed_in.expect("未明 正在查询", within_s=60)
    for _ in range(_MINUTES):
        signed_in.play("wait 1 min")
        signed_in.press("CLEAR")  # somebody is there
    for key in "12":
        signed_in.press(key)
        signed_in.expect("有交易未明 请先联网")
        signed_in.press("ENTER")
        signed_in.expect("营业中")
    faults.clear()
    assert signed_in.board.run_until(lambda: _statuses(signed_in) == [Status.UNDONE], 11 * 60_000)
    signed_in.play("wait 1 s\npress CLEAR")  # the display sleeps
    signed_in.expect("营业中", "12.50 未付款")
    signed_in.sell("700")
