# SPDX-License-Identifier: MIT
"""What was said not to be known (W4): how it ended is told at the counter, and nobody is charged twice by mistake."""

import pytest

from tests_host.journeys.bench import Bench
from tests_host.serial import terminals
from tools.journal import Status


def _type(bench: Bench, key: str, digits: str) -> None:
    """From the ready screen to the yes."""
    bench.press(key)
    bench.expect("收款")
    bench.press(*digits, "ENTER")
    bench.expect("收款金额")
    bench.press("ENTER")


def _leave_unknown(bench: Bench, is_paid: bool) -> None:
    """12.50 by QR: no answer of the host's arrives, and the terminal says so; the customer pays or does not. Without
    Wi-Fi in the end, so that no handshake takes the keys.
    """
    _type(bench, "2", "1250")
    bench.expect("请扫码")
    bench.play("host swallow")
    if is_paid:
        bench.host.phone.pay(bench.host.phone.last(bench.tid).code)
    bench.press("CANCEL")
    bench.expect("结果未明", "请勿重收", within_s=180)
    bench.play("wifi off")
    bench.press("ENTER")
    bench.expect("未明 正在查询")
    bench.play("host listen")


def _leave_it_to_the_counter(bench: Bench) -> None:
    """12.50 has been paid, which nobody knows; the line is open, and the work behind the counter has not come to it."""
    bench.board.cut_power()
    terminals.deploy(bench, "firmware/flows/upload.py", "in t.journal.open if stan", "in () if stan")
    bench.start_linked()
    bench.sign_in()
    _leave_unknown(bench, is_paid=True)
    bench.play("wifi on\nlinked within 4 min")
    bench.expect("未明 正在查询")


def _kept(bench: Bench) -> list[tuple[int, Status]]:
    return [(record.amount, record.status) for record in bench.journal().transactions]


@pytest.mark.parametrize(("is_paid", "words", "status"), [(True, "已付款", "ACKED"), (False, "未付款", "UNDONE")])
def test_w4_how_it_ended_is_told_until_the_next_sale(signed_in: Bench, is_paid: bool, words: str, status: str) -> None:
    """W4: whoever was told not to charge again sees what has become of it, without looking for it."""
    _leave_unknown(signed_in, is_paid)
    signed_in.play("wifi on")
    signed_in.expect(f"12.50 {words}", within_s=240)
    assert _kept(signed_in) == [(1250, Status[status])]
    signed_in.play("wait 70 s")
    signed_in.expect(f"12.50 {words}")
    signed_in.sell("700")
    signed_in.expect("营业中")
    assert not signed_in.shows(f"12.50 {words}")
    signed_in.sign_out()


def test_w4_found_to_be_paid_just_before_the_next_one(signed_in: Bench) -> None:
    """W1, W4: nothing is sold unless the operator says that it is another customer."""
    _leave_it_to_the_counter(signed_in)
    _type(signed_in, "2", "1250")
    signed_in.expect("上一笔已付款", "12.50", "仍要再收一笔?")
    signed_in.press("CANCEL")
    signed_in.expect("营业中")
    assert _kept(signed_in) == [(1250, Status.ACKED)]
    signed_in.sign_out()


def test_w4_what_is_found_out_under_a_sale_is_told_after_it(signed_in: Bench) -> None:
    """W4: of another amount nothing is asked; that the earlier one was paid is told all the same."""
    _leave_it_to_the_counter(signed_in)
    _type(signed_in, "2", "700")
    signed_in.expect("请扫码")
    signed_in.press("CANCEL")
    signed_in.expect("未收款")
    signed_in.press("ENTER")
    signed_in.expect("营业中", "12.50 已付款")
    signed_in.sign_out()


def test_w4_another_customer_pays_the_same(signed_in: Bench) -> None:
    """W1: asked once, and then sold."""
    _leave_unknown(signed_in, is_paid=True)
    signed_in.play("wifi on")
    signed_in.expect("12.50 已付款", within_s=240)
    _type(signed_in, "1", "1250")
    signed_in.expect("上一笔已付款", "仍要再收一笔?")
    signed_in.press("ENTER")
    signed_in.expect("收款成功")
    signed_in.press("ENTER")
    assert [amount for amount, _ in _kept(signed_in)] == [1250, 1250]
    signed_in.sign_out()


def test_w4_cash_for_what_may_be_paid_already(signed_in: Bench) -> None:
    """W1, W4: asked, not refused; of another amount nothing is asked, and no network is needed."""
    _leave_unknown(signed_in, is_paid=False)
    _type(signed_in, "1", "1250")
    signed_in.expect("结果未明", "12.50", "仍要再收一笔?")
    signed_in.press("CANCEL")
    signed_in.expect("营业中")
    assert len(_kept(signed_in)) == 1
    _type(signed_in, "1", "1251")
    signed_in.expect("收款成功")
    signed_in.press("ENTER")
    signed_in.play("wifi on")
    signed_in.expect("12.50 未付款", within_s=240)
    signed_in.sign_out()
    signed_in.restart()
    signed_in.sign_in()
    signed_in.expect("营业中", "共0笔")
