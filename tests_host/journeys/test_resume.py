# SPDX-License-Identifier: MIT
"""A restart in the middle of a sign-out: after the next sign-in it goes on by itself, and nothing is booked twice
(O3, O5, S5)."""

import pytest

from tests_host.journeys.bench import Bench
from tools.rig import CASHIER, SUPERVISOR, Person

_CODES = {"0500/201": 2, "0320/207": 3, "0320/201": 4, "0320/202": 4, "0800/002": 5}
_UNBALANCED = ("0320/201", "0320/202")


def _hold(bench: Bench, what: str, is_heard: bool) -> None:
    """From the ready screen into the sign-out, up to one request: the host hears it and its answer is lost, or it is
    lost itself."""
    order = ["0500/201", *(_UNBALANCED if what in _UNBALANCED else ["0320/207"]), "0800/002"]
    link, place = bench.board.link, order.index(what)

    def lose_answer() -> None:
        link.swallow = "down"

    def lose_request() -> None:
        link.swallow = "up"

    bench.to_totals()
    if is_heard:
        bench.host.once(what, lose_answer)
    elif place:
        bench.host.once(order[place - 1], lose_request)
    else:
        lose_request()
    bench.confirm_sign_out()
    assert bench.board.run_until(lambda: link.swallow != "" and bench.journal().state["code"] == _CODES[what], 30_000)
    bench.board.run(2000)


def _finish(bench: Bench, person: Person = CASHIER) -> None:
    """Restart, sign in: the rest comes by itself, with no more questions."""
    bench.board.cut_power()
    bench.board.link.swallow = False
    bench.start_linked()
    bench.play("led steady red")
    bench.press("MENU", "3")
    bench.expect("不能使用")
    bench.press("ENTER")
    bench.expect("终端已锁定")
    bench.enter_operator(person.number)
    bench.press(*person.pin, "ENTER")
    bench.expect("签到成功")
    bench.press("ENTER")
    bench.expect("签退成功")
    bench.play("asleep")


def _assert_once(bench: Bench, count: int) -> None:
    """One batch, closed; every record once; no STAN for two requests; repeats say that they are."""
    books = bench.host.books
    assert books.batch(bench.tid, 1).closed_at is not None
    assert [row.number for row in books.batches(bench.tid) if row.closed_at] == [1]
    assert len(books.records(bench.tid, 1)) == count
    assert bench.differences(1) == []
    state = bench.journal().state
    assert (state["code"], state["batch"]) == (0, 2)
    seen: dict[tuple[str, int], str] = {}
    for note in bench.host.heard[bench.tid]:
        what = f"{note.mti[:3]}/{note.function}/{note.fields['7']}"
        assert seen.setdefault((note.fields["60"][2:8], note.stan), what) == what


@pytest.mark.parametrize("what", _CODES)
def test_o5_the_answer_was_lost_with_the_power(signed_in: Bench, what: str) -> None:
    """O3, O5: settlement, batch end, details, end of details, farewell: done at the host, not known here."""
    signed_in.sell("1234")
    signed_in.sell("500")
    assert signed_in.uploaded(2)
    if what in _UNBALANCED:
        signed_in.host.alter_books("UPDATE transactions SET amount_minor = 1 WHERE tid = ?", signed_in.tid)
    _hold(signed_in, what, is_heard=True)
    _finish(signed_in)
    _assert_once(signed_in, 2)
    if what != "0800/002":  # a farewell is not repeated: the new sign-in has replaced the session
        asked = [note for note in signed_in.host.heard[signed_in.tid] if note.name == what]
        assert [note.mti[3] for note in asked[:2]] == ["0", "1"]
        assert asked[0].stan == asked[1].stan


@pytest.mark.parametrize("what", ["0500/201", "0320/207", "0320/201"])
def test_o5_the_request_was_lost_with_the_power(signed_in: Bench, what: str) -> None:
    """O3, O5: the host hears of it for the first time from the terminal's next life."""
    signed_in.sell("100")
    assert signed_in.uploaded(1)
    if what in _UNBALANCED:
        signed_in.host.alter_books("UPDATE transactions SET amount_minor = 1 WHERE tid = ?", signed_in.tid)
    _hold(signed_in, what, is_heard=False)
    _finish(signed_in)
    _assert_once(signed_in, 1)


def test_o5_the_supervisor_may_finish_what_the_cashier_began(signed_in: Bench) -> None:
    """O2, O5, E4: the repeat still says who began it."""
    signed_in.sell("100")
    assert signed_in.uploaded(1)
    _hold(signed_in, "0500/201", is_heard=True)
    _finish(signed_in, SUPERVISOR)
    _assert_once(signed_in, 1)
    settlements = [note for note in signed_in.host.heard[signed_in.tid] if note.mti[:3] == "050"]
    assert {note.fields["63"] for note in settlements} == {CASHIER.number}


def test_o5_until_it_is_finished_no_sale_is_taken(signed_in: Bench) -> None:
    """O3, O5: given up after a failure, the terminal is locked and the batch kept."""
    signed_in.sell("100")
    assert signed_in.uploaded(1)
    _hold(signed_in, "0500/201", is_heard=True)
    signed_in.expect("N2", within_s=200)
    signed_in.press("CANCEL")
    signed_in.expect("请签到")
    assert signed_in.journal().state["code"] == _CODES["0500/201"]
    signed_in.board.link.swallow = False
    signed_in.board.run(5000)
    assert signed_in.is_linked
    signed_in.enter_operator()
    signed_in.press(*CASHIER.pin, "ENTER")
    signed_in.expect("签到成功")
    signed_in.press("ENTER")
    signed_in.expect("签退成功")
    signed_in.play("asleep")
    _assert_once(signed_in, 1)
