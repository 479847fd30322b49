# SPDX-License-Identifier: MIT
"""Refund and balance (W1, W2; messages 4d and 4c): money of an earlier batch goes back; both books are shown."""

from datetime import timedelta

import pytest

from tests_host.journeys.bench import Bench
from tests_host.journeys.fault_bench import expect_trouble
from tools.journal import Status
from tools.rig import SUPERVISOR


def _date(bench: Bench) -> str:
    """The shop's."""
    return (bench.board.now + timedelta(hours=8)).strftime("%m%d")


def _refund(bench: Bench, receipt: str, amount: str, date: str = "") -> None:
    """From the ready screen to what became of it; `receipt` is batch and number."""
    bench.press("MENU", "UP", "UP", "ENTER")
    batch, stan = receipt[:6].lstrip("0"), receipt[6:].lstrip("0")
    for title, digits in (("原批次号", batch), ("原凭证号", stan), ("MMDD", date or _date(bench)), ("退款", amount)):
        bench.expect(title)
        bench.press(*digits, "ENTER")
    bench.expect("退款金额")
    bench.press("ENTER")
    bench.expect("凭证" + stan)
    bench.press("ENTER")
    bench.expect("密码 操作员000")
    bench.press(*SUPERVISOR.pin, "ENTER")


def _statuses(bench: Bench) -> list[Status]:
    return [record.status for record in bench.journal().batch(2)]


def test_w1_money_of_an_earlier_batch_goes_back_in_parts_and_no_more_than_came(signed_in: Bench) -> None:
    """W1, W2: with the supervisor's PIN; what the host refuses is no money and stands as undone."""
    signed_in.sell("700")
    assert signed_in.uploaded(1)
    [sale] = signed_in.journal().transactions
    receipt = f"{sale.batch:06d}{sale.stan:06d}"
    signed_in.sign_out()
    signed_in.restart()
    signed_in.sign_in()
    _refund(signed_in, receipt, "300")
    signed_in.expect("退款成功")
    signed_in.press("ENTER")
    signed_in.expect("营业中")
    _refund(signed_in, receipt, "401")
    expect_trouble(signed_in, "H61")
    signed_in.press("ENTER")
    _refund(signed_in, receipt, "400", "0230")
    expect_trouble(signed_in, "H25")
    signed_in.press("ENTER")
    assert _statuses(signed_in) == [Status.ACKED, Status.UNDONE, Status.UNDONE]
    signed_in.to_totals()
    signed_in.press("ENTER")
    signed_in.expect("退回1笔 3.00")
    signed_in.confirm_sign_out()
    signed_in.expect("签退成功")
    assert signed_in.differences(2) == []
    assert signed_in.host.books.totals(signed_in.tid, 2).credit_minor == 300


@pytest.mark.long
def test_w1_a_date_that_does_not_exist_is_asked_for_again(signed_in: Bench) -> None:
    signed_in.press("MENU", "UP", "UP", "ENTER")
    for title, digits in (("原批次号", "1"), ("原凭证号", "3"), ("MMDD", "1301")):
        signed_in.expect(title)
        signed_in.press(*digits, "ENTER")
    signed_in.expect("没有这个日期")
    signed_in.press("ENTER")
    signed_in.expect("MMDD")
    signed_in.press("CANCEL")
    signed_in.expect("营业中")
    assert signed_in.journal().transactions == []


def test_w2_the_balance_shows_both_books(signed_in: Bench) -> None:
    """W2: the host's figures and the terminal's, and what waits between them."""
    signed_in.sell("700")
    assert signed_in.uploaded(1)
    signed_in.press("MENU", "UP", "ENTER")
    signed_in.expect("余额", "主机1笔 7.00", "终端1笔 7.00")
    signed_in.press("ENTER")
    signed_in.expect("营业中")
    signed_in.board.link.swallow = "up"
    signed_in.press("MENU", "UP", "ENTER")
    expect_trouble(signed_in, "N2", within_s=60)
