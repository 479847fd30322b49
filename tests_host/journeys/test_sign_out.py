# SPDX-License-Identifier: MIT
"""The sign-out 签退: open uploads first, PIN, totals, confirmation, settlement, closed books (O1 .. O4)."""

import pytest

from tests_host.journeys.bench import Bench
from tools.rig import CASHIER, SUPERVISOR

_SIGNED_IN = 1


def _closing(bench: Bench) -> list[str]:
    """What the host was asked since the settlement began."""
    return bench.heard[bench.heard.index("0500/201") :]


def _assert_closed(bench: Bench, batch: int, is_balanced: bool = True) -> None:
    """Both sides agree: closed there, next batch open here, every record the same."""
    row = bench.host.books.batch(bench.tid, batch)
    assert row.closed_at is not None
    assert row.is_balanced is is_balanced
    state = bench.journal().state
    assert (state["code"], state["batch"]) == (0, batch + 1)
    assert bench.differences(batch) == []


def _assert_shift_goes_on(bench: Bench) -> None:
    """As if nobody had asked: nothing sent, sales possible."""
    bench.expect("营业中")
    assert bench.journal().state["code"] == _SIGNED_IN
    assert "0500/201" not in bench.heard
    bench.sell("100")


def test_o3_a_balanced_day_is_settled_closed_and_ends_in_sleep(signed_in: Bench) -> None:
    """O2, O3, O6: totals shown, confirmed, reconciled; one settlement, one batch end, one farewell."""
    signed_in.sell("1234")
    signed_in.sell("500")
    assert signed_in.uploaded(2)
    signed_in.to_totals()
    assert signed_in.shows("笔数2") and signed_in.shows("金额17.34")
    signed_in.confirm_sign_out()
    signed_in.expect("签退成功", "批次000001已结束", "金额17.34")
    signed_in.play("asleep")
    assert _closing(signed_in) == ["0500/201", "0320/207", "0800/002"]
    _assert_closed(signed_in, 1)
    totals = signed_in.host.books.totals(signed_in.tid, 1)
    assert (totals.debit_count, totals.debit_minor) == (2, 1734)


def test_o2_the_menu_names_it_and_a_day_without_sales_closes_too(signed_in: Bench) -> None:
    """O2: 签退 / 结束营业; nothing sold is a batch like any other."""
    signed_in.press("MENU")
    signed_in.expect("签退/结束营业")
    signed_in.press("3")
    signed_in.expect("密码 操作员001")
    signed_in.press(*CASHIER.pin, "ENTER")
    signed_in.expect("笔数0")
    signed_in.confirm_sign_out()
    signed_in.expect("签退成功")
    signed_in.play("asleep")
    _assert_closed(signed_in, 1)


def test_o3_progress_warns_and_the_light_alternates(signed_in: Bench) -> None:
    """O3, L2: do not power off; green and red in turn until it is over."""
    signed_in.sell("100")
    signed_in.to_totals()
    signed_in.board.link.latency_ms = 3000
    signed_in.confirm_sign_out()
    signed_in.expect("正在结算", "请勿断电")
    signed_in.play("led alternating green red")
    signed_in.expect("正在结束批次", "请勿断电", "正在签退", "签退成功")


def test_o1_open_uploads_come_first_with_the_reason_on_the_screen(signed_in: Bench) -> None:
    """O1, O4: slow is told and goes on by itself; only then the PIN is asked."""
    signed_in.board.link.swallow = True
    signed_in.sell("100")
    signed_in.sell("200")
    signed_in.press("MENU", "3")
    signed_in.expect("有2笔未上传", "0/2 0.0笔/秒", "请勿断电")
    signed_in.expect("网络较慢", "0/2", "请勿断电", within_s=6)
    signed_in.board.link.swallow = False
    signed_in.expect("密码 操作员", within_s=30)
    assert len(signed_in.host.books.records(signed_in.tid, 1)) == 2


def test_o1_without_network_it_is_refused_with_the_reason_and_a_retry(signed_in: Bench) -> None:
    """O1, O4: the retry fails as long as the network does; given up, the shift goes on; later it works."""
    signed_in.sell("100")
    assert signed_in.uploaded(1)
    signed_in.play("wifi off")
    signed_in.board.run(10_000)
    signed_in.sell("300")
    signed_in.press("MENU", "3")
    signed_in.expect("有1笔未上传", "W1", "找不到无线网络", "检查路由器后重试", within_s=60)
    signed_in.press("ENTER")
    signed_in.expect("有1笔未上传", "找不到无线网络", within_s=60)
    signed_in.press("CANCEL")
    _assert_shift_goes_on(signed_in)
    signed_in.play("wifi on")
    assert signed_in.uploaded(3, within_s=200)
    signed_in.sign_out()
    _assert_closed(signed_in, 1)


def test_o2_a_wrong_pin_at_the_sign_out_counts_and_locks(signed_in: Bench) -> None:
    """O2, E2: four more tries, then the terminal is locked and only a new sign-in leads on, the batch kept."""
    signed_in.sell("100")
    signed_in.ask_sign_out()
    for left in (4, 3, 2, 1):
        signed_in.press(*"135799", "ENTER")
        signed_in.expect("密码错误", f"还可输入{left}次")
        assert signed_in.journal().state["attempts"] == 5 - left
        signed_in.press("ENTER")
        if left < 3:  # from the third on each waits longer
            signed_in.expect("密码已锁定", "请等待")
            signed_in.expect("营业中", within_s=61)
            signed_in.ask_sign_out()
        signed_in.expect("密码 操作员")
    signed_in.press(*"135799", "ENTER")
    signed_in.expect("密码已锁定")
    signed_in.expect("请签到", within_s=121)
    assert "0500/201" not in signed_in.heard
    signed_in.sign_in()
    signed_in.expect("批次000001 共1笔")


def test_o2_the_right_pin_after_a_wrong_one_goes_on(signed_in: Bench) -> None:
    """O2, E2: and the count of tries starts from nothing."""
    signed_in.ask_sign_out()
    signed_in.press(*"135799", "ENTER")
    signed_in.expect("密码错误")
    signed_in.press("ENTER")
    signed_in.expect("密码 操作员")
    signed_in.press(*CASHIER.pin, "ENTER")
    signed_in.expect("本批合计")
    assert signed_in.journal().state["attempts"] == 0


@pytest.mark.parametrize("place", ["密码 操作员", "本批合计", "结束营业"])
def test_o2_cancelled_at_any_question_the_shift_is_as_it_was(signed_in: Bench, place: str) -> None:
    """O2: PIN, totals, confirmation."""
    signed_in.ask_sign_out()
    if place != "密码 操作员":
        signed_in.press(*CASHIER.pin, "ENTER")
        signed_in.expect("本批合计")
    if place == "结束营业":
        signed_in.press("ENTER")
    signed_in.expect(place)
    signed_in.press("CANCEL")
    _assert_shift_goes_on(signed_in)


def test_o3_a_flat_battery_is_found_before_anything_is_begun(signed_in: Bench) -> None:
    """O3, O4: the self-check stops with the reason; charged, the day can be closed."""
    signed_in.to_totals()
    signed_in.play("battery 3.4")
    signed_in.confirm_sign_out()
    signed_in.expect("B1", "电量不足", "请接充电器")
    assert signed_in.journal().state["code"] == _SIGNED_IN
    signed_in.play("battery 4.1")
    signed_in.press("ENTER", "ENTER")
    signed_in.expect("营业中", within_s=70)
    signed_in.sign_out()
    _assert_closed(signed_in, 1)


@pytest.mark.long
def test_o3_a_second_day_runs_on_the_same_board_under_the_next_batch(signed_in: Bench) -> None:
    """O3: yesterday's records do not count today."""
    signed_in.sell("1000")
    signed_in.sign_out()
    _assert_closed(signed_in, 1)
    signed_in.board.run(3_600_000)
    signed_in.play("power hold 1600")
    signed_in.expect("请签到")
    assert signed_in.board.run_until(lambda: signed_in.is_linked, 20_000)
    signed_in.sign_in(SUPERVISOR)
    signed_in.expect("批次000002 共0笔")
    signed_in.sell("42")
    signed_in.sign_out(SUPERVISOR)
    _assert_closed(signed_in, 2)
    assert [record.amount_minor for record in signed_in.host.books.records(signed_in.tid, 2)] == [42]


def test_o3_books_that_differ_are_reconciled_from_every_record(signed_in: Bench) -> None:
    """O3: nine records go up in two messages; the terminal's are what the shop saw, and the host's follow."""
    for number in range(9):
        signed_in.sell(f"{100 + number}")
    assert signed_in.uploaded(9)
    stan = signed_in.journal().transactions[4].stan
    signed_in.host.alter_books(
        "UPDATE transactions SET amount_minor = 1 WHERE tid = ? AND stan = ?", signed_in.tid, stan
    )
    signed_in.host.alter_books("DELETE FROM transactions WHERE tid = ? AND stan = ?", signed_in.tid, stan + 1)
    signed_in.sign_out()
    assert _closing(signed_in) == ["0500/201", "0320/201", "0320/201", "0320/202", "0800/002"]
    _assert_closed(signed_in, 1, is_balanced=False)
    assert len(signed_in.host.books.details(signed_in.tid, 1)) == 9
    assert "record_changed" in [entry.event for entry in signed_in.host.books.audit(signed_in.tid)]


def test_o3_an_upload_that_does_not_add_up_is_made_once_more(signed_in: Bench) -> None:
    """O3, O4: the host lost a detail on its side; the operator is told and the retry uploads again."""
    signed_in.sell("100")
    signed_in.sell("200")
    assert signed_in.uploaded(2)
    host, tid = signed_in.host, signed_in.tid
    host.alter_books("UPDATE transactions SET amount_minor = 1 WHERE tid = ?", tid)
    host.once("0320/202", lambda: host.alter_books("DELETE FROM batch_details WHERE tid = ?", tid))
    signed_in.to_totals()
    signed_in.confirm_sign_out()
    signed_in.expect("H95", "账目不平")
    signed_in.press("ENTER", "ENTER")
    signed_in.expect("签退成功")
    signed_in.play("asleep")
    assert _closing(signed_in) == ["0500/201"] + ["0320/201", "0320/202"] * 2 + ["0800/002"]
    _assert_closed(signed_in, 1, is_balanced=False)


def test_o4_a_settlement_without_answer_says_so_and_is_repeated_on_request(signed_in: Bench) -> None:
    """O4: reason, what to do, support contact; the same STAN again, booked once."""
    signed_in.sell("100")
    assert signed_in.uploaded(1)
    signed_in.to_totals()
    signed_in.board.link.swallow = "down"
    signed_in.confirm_sign_out()
    signed_in.expect("N2", "主机没有应答", "请稍后重试", within_s=200)
    signed_in.press("ENTER")
    signed_in.expect("客服400-000-0000")
    signed_in.board.link.swallow = False
    signed_in.board.run(3000)  # a handshake that was under way ends; the chip hears no key meanwhile
    signed_in.press("ENTER")
    signed_in.expect("签退成功", within_s=60)
    signed_in.play("asleep")
    asked = [note for note in signed_in.host.heard[signed_in.tid] if note.function == "201"]
    assert {note.stan for note in asked} == {asked[0].stan}
    assert [note.mti for note in asked] == ["0500"] + ["0501"] * (len(asked) - 1)
    _assert_closed(signed_in, 1)
