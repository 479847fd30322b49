# SPDX-License-Identifier: MIT
"""Sales: durable before they are sent, uploaded as they happen, kept while the network is away (W2, W3)."""

import pytest

from tests_host.journeys.bench import Bench
from tools.journal import Status

_PAUSE_S = 70  # the first pause of store and forward is a minute


def _notes(bench: Bench) -> list[tuple[str, int]]:
    """Advices as the host saw them: MTI and STAN."""
    return [(note.mti, note.stan) for note in bench.host.heard[bench.tid] if note.mti[:3] == "022"]


def _stans(bench: Bench) -> list[int]:
    return [record.stan for record in bench.journal().batch(1)]


def _to_confirmation(bench: Bench, digits: str) -> None:
    bench.press("1")
    bench.expect("现金收款")
    bench.press(*digits, "ENTER")
    bench.expect("收款金额")


def test_w3_a_sale_is_durable_before_anything_of_it_is_sent(signed_in: Bench) -> None:
    """W3: its record is in flash first; the host holds it a moment later, under the journal's STAN and amount."""
    _to_confirmation(signed_in, "1234")
    assert signed_in.shows("12.34")
    del signed_in.events[:]
    signed_in.press("ENTER")
    signed_in.expect("收款成功", "12.34")
    assert signed_in.uploaded(1)
    assert "sent" in signed_in.events
    assert signed_in.events.index("program journal") < signed_in.events.index("sent")
    [booked] = signed_in.host.books.records(signed_in.tid, 1)
    [kept] = signed_in.journal().transactions
    assert (booked.stan, booked.amount_minor, booked.operator) == (kept.stan, kept.amount, "001")
    assert kept.amount == 1234
    assert signed_in.heard[-1] == "0220/000"


def test_w3_what_the_host_has_not_acknowledged_stays_queued(signed_in: Bench) -> None:
    """W3: the answer gets lost; the same request goes again as a repeat and is booked once."""
    signed_in.board.link.swallow = "down"
    _to_confirmation(signed_in, "500")
    signed_in.press("ENTER")
    signed_in.expect("收款成功")
    [kept] = signed_in.journal().transactions
    assert kept.status is Status.QUEUED
    signed_in.expect("1笔待上传", within_s=60)
    assert signed_in.board.run_until(lambda: not signed_in.is_linked, 40_000)
    signed_in.board.link.swallow = False
    assert signed_in.board.run_until(lambda: signed_in.journal().transactions[0].status is Status.ACKED, 200_000)
    assert _notes(signed_in) == [("0220", kept.stan), ("0221", kept.stan)]
    assert len(signed_in.host.books.records(signed_in.tid, 1)) == 1


def test_w3_sales_without_network_are_kept_and_sent_in_order_when_it_is_back(signed_in: Bench) -> None:
    """W3: the operator is told; the ready screen counts what waits; nobody has to do anything."""
    signed_in.play("wifi off")
    signed_in.board.run(10_000)
    amounts = (100, 2000, 30)
    for amount in amounts:
        _to_confirmation(signed_in, f"{amount}")
        signed_in.press("ENTER")
        signed_in.expect("收款成功", "已记账")
        signed_in.press("ENTER")
        signed_in.expect("营业中")
    signed_in.expect("3笔待上传")
    connects = signed_in.board.link.connects
    signed_in.play("wifi on")
    assert signed_in.board.run_until(lambda: len(_notes(signed_in)) == 3, 200_000)
    signed_in.expect("共3笔")
    assert [stan for _, stan in _notes(signed_in)] == _stans(signed_in)
    assert signed_in.board.link.connects == connects + 1, "status and upload never compete for the memory"
    assert [record.amount_minor for record in signed_in.host.books.records(signed_in.tid, 1)] == list(amounts)
    assert signed_in.differences(1) == []


def _is_acknowledged(bench: Bench) -> bool:
    return all(record.status is Status.ACKED for record in bench.journal().transactions)


def _queued(bench: Bench, count: int) -> None:
    """So many sales without a network."""
    bench.play("wifi off")
    bench.board.run(10_000)
    for number in range(count):
        bench.sell(f"{100 + number}")


def test_w3_several_are_on_their_way_at_a_time_and_all_are_booked_in_order(signed_in: Bench) -> None:
    """W3: a queue of ten over a slow way takes a few round trips, not ten."""
    _queued(signed_in, 10)
    signed_in.board.link.latency_ms = 2000
    signed_in.play("wifi on")
    assert signed_in.board.run_until(lambda: len(_notes(signed_in)) > 0, 200_000)
    start = signed_in.board.now_ms
    assert signed_in.uploaded(10)
    assert signed_in.board.now_ms - start < 4 * 2000
    assert [stan for _, stan in _notes(signed_in)] == _stans(signed_in)
    assert signed_in.differences(1) == []


@pytest.mark.parametrize("count", [300, pytest.param(500, marks=pytest.mark.long)])
def test_w3_the_way_breaks_with_several_on_it(signed_in: Bench, count: int) -> None:
    """W3: what was on its way goes again as a repeat, all that comes behind it too; each is booked once."""
    _queued(signed_in, 6)
    signed_in.play("wifi on")
    assert signed_in.board.run_until(lambda: signed_in.is_linked, 60_000)
    signed_in.board.link.cut_after(count, "down")
    assert signed_in.board.run_until(lambda: _is_acknowledged(signed_in), 300_000)
    assert not signed_in.board.link.is_cut_pending
    assert {mti for mti, _ in _notes(signed_in)} == {"0220", "0221"}
    assert [record.amount_minor for record in signed_in.host.books.records(signed_in.tid, 1)] == list(range(100, 106))
    assert signed_in.differences(1) == []


def test_w3_wifi_lost_in_the_middle_of_a_sale(signed_in: Bench) -> None:
    """W3: between amount and confirmation; the sale counts all the same."""
    _to_confirmation(signed_in, "777")
    signed_in.play("wifi off")
    signed_in.board.run(10_000)
    signed_in.press("ENTER")
    signed_in.expect("收款成功", "7.77")
    signed_in.play("wifi on")
    assert signed_in.board.run_until(lambda: len(signed_in.host.books.records(signed_in.tid, 1)) == 1, 200_000)


def test_w3_after_a_restart_the_queue_is_sent_as_repeats_in_its_order(signed_in: Bench) -> None:
    """W3, S5: since each may have reached the host before; with new keys after a new sign-in."""
    signed_in.board.link.swallow = True
    for digits in ("100", "250"):
        signed_in.sell(digits)
    stans = _stans(signed_in)
    signed_in.board.cut_power()
    signed_in.board.link.swallow = False
    signed_in.start_linked()
    signed_in.sign_in()
    assert signed_in.uploaded(2)
    signed_in.expect("共2笔")
    assert [note for note in _notes(signed_in) if note[0] == "0221"] == [("0221", stan) for stan in stans]
    assert signed_in.differences(1) == []


def test_w3_the_next_sale_after_a_restart_has_a_new_number(signed_in: Bench) -> None:
    """W3: STANs only grow within a batch, whatever was lost with the RAM."""
    signed_in.sell("100")
    signed_in.restart()
    signed_in.sign_in()
    signed_in.sell("200")
    first, second = _stans(signed_in)
    assert second > first
    used = [note.stan for note in signed_in.host.heard[signed_in.tid]]
    assert len(used) == len(set(used))


def test_w2_totals_are_those_of_the_journal(signed_in: Bench) -> None:
    """W2: count and amount of the batch, and what is not uploaded."""
    signed_in.sell("1234")
    assert signed_in.uploaded(1)
    signed_in.board.link.swallow = True
    signed_in.sell("100")
    signed_in.press("MENU", "2")
    signed_in.expect("本批合计", "笔数2", "金额13.34")
    signed_in.press("ENTER")
    signed_in.expect("未上传1")


@pytest.mark.parametrize("place", ["现金收款", "收款金额"])
def test_w1_a_sale_given_up_leaves_nothing(signed_in: Bench, place: str) -> None:
    """W1: cancelled at the amount or at the confirmation."""
    signed_in.press("1")
    signed_in.expect("现金收款")
    signed_in.press("5", "0", "0")
    if place == "收款金额":
        signed_in.press("ENTER")
    signed_in.expect(place)
    signed_in.press("CANCEL")
    signed_in.expect("营业中", "共0笔")
    assert signed_in.journal().transactions == []


def test_w1_an_amount_of_nothing_is_not_taken(signed_in: Bench) -> None:
    """W1: corrected in place; the largest amount fits the screen."""
    signed_in.press("1")
    signed_in.expect("现金收款")
    signed_in.press("0", "ENTER")
    signed_in.board.run(500)
    assert signed_in.shows("现金收款") and signed_in.shows("0.00")
    signed_in.press(*"9999999999")
    signed_in.expect("9999999.99")
    signed_in.press("CLEAR")
    signed_in.expect("999999.99")


def test_w1_the_host_may_stop_new_sales(signed_in: Bench) -> None:
    """W1, L1: LK 1 freezes sales but not the shift; freed, they go on."""
    control = signed_in.host.enrolment.control_terminal
    control(signed_in.tid, lock_level=1)
    signed_in.board.run(_PAUSE_S * 1000)
    signed_in.press("1")
    signed_in.expect("不能使用", "主机暂停新交易")
    control(signed_in.tid, lock_level=0)
    signed_in.press("ENTER")
    signed_in.board.run(_PAUSE_S * 1000)
    signed_in.sell("100")
