# SPDX-License-Identifier: MIT
"""Bad answers from the settlement to the farewell: healed by the repeat, or told with a retry; whatever went wrong, the
batch is closed once and both books are equal to the cent (O3, O4, O5).
"""

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests_host.journeys.bench import Bench
from tests_host.journeys.crooked import CrookedHost, running
from tests_host.journeys.fault_bench import ALL_TRIES_S, Silence, expect_trouble, quick_fingers
from tools.host.server import Outgoing
from tools.rig import CASHIER

SETTLEMENT, UPLOAD, FAREWELL = "0500/201", "0320/201", "0800/002"
BALANCED: Final = (SETTLEMENT, "0320/207", FAREWELL)
UNBALANCED: Final = (SETTLEMENT, UPLOAD, "0320/202", FAREWELL)
_SIGNED_IN, _SETTLING, _UPLOAD_BAL, _UPLOAD_UNBAL = 1, 2, 3, 4


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrookedHost]:
    with running(tmp_path_factory.mktemp("crooked")) as host:
        yield host


@pytest.fixture
def bench(signed_in: Bench) -> Bench:
    quick_fingers(signed_in)
    return signed_in


def _wrong_mac(frame: bytes) -> Outgoing:
    return Outgoing([frame[:-1] + bytes([frame[-1] ^ 1])])


def _no_frame(frame: bytes) -> Outgoing:
    """Not a TPDU."""
    return Outgoing([frame[:2] + b"\x61" + frame[3:]])


Arm = Callable[[CrookedHost, Bench, str], object]
FAULTS: Final[dict[str, Arm]] = {
    "garbage": lambda host, bench, on: host.faults.garbage(bench.tid, b"\x00\x13garbage garbage gar", on),
    "wrong MAC": lambda host, bench, on: host.bend(on, _wrong_mac),
    "wrong STAN": lambda host, bench, on: host.faults.wrong_field(bench.tid, "11", "000001", on),
    "wrong DE7": lambda host, bench, on: host.faults.wrong_field(bench.tid, "7", "0101000000", on),
    "no code": lambda host, bench, on: host.edit(on, lambda fields: [fields.pop("39")].clear()),
    "cut answer": lambda host, bench, on: host.faults.cut(bench.tid, 40, on),
    "dies before the commit": lambda host, bench, on: host.faults.crash(bench.tid, False, on),
    "dies after the commit": lambda host, bench, on: host.faults.crash(bench.tid, True, on),
    "unsigned approval": lambda host, bench, on: host.faults.answer(bench.tid, "00", on, is_signed=False),
    "answer twice": lambda host, bench, on: host.faults.duplicate(bench.tid, on),
    "link breaks": lambda host, bench, on: host.once(on, lambda: bench.board.link.cut_after(20, "down")),
}


def _sell_two(bench: Bench, shop: CrookedHost, is_balanced: bool) -> None:
    """Where the books are not to balance, the host says that it has booked a sale, and has not."""
    if not is_balanced:
        shop.faults.answer(bench.tid, "00", "0220/000")
    bench.sell("1000")
    bench.sell("234")
    assert bench.uploaded(2 if is_balanced else 1)
    bench.board.run(2000)


def _assert_closed_once(bench: Bench, is_balanced: bool) -> None:
    bench.play("asleep")
    host, tid = bench.host, bench.tid
    batches = host.books.batches(tid)
    assert [row.closed_at is not None for row in batches] == [True, False]
    assert batches[0].is_balanced is is_balanced
    assert sorted(record.amount_minor for record in host.books.records(tid, 1)) == [234, 1000]
    assert bench.differences(1) == []
    state = bench.journal().state
    assert (state["code"], state["batch"], state["epoch"]) == (0, 2, 2)
    by_stan: dict[tuple[str, int], set[str]] = {}
    for note in host.heard[tid]:
        by_stan.setdefault((note.fields["60"][2:8], note.stan), set()).add(note.mti[:3] + note.function)
    assert all(len(uses) == 1 for uses in by_stan.values())


@pytest.mark.parametrize("is_balanced", [True, False], ids=["balanced", "unbalanced"])
@pytest.mark.parametrize("name", FAULTS)
def test_o3_one_bad_answer_to_every_message_of_the_settlement(
    bench: Bench, shop: CrookedHost, name: str, is_balanced: bool
) -> None:
    """O3, O5: the operator sees progress only."""
    _sell_two(bench, shop, is_balanced)
    for on in BALANCED if is_balanced else UNBALANCED:
        FAULTS[name](shop, bench, on)
    bench.to_totals()
    bench.confirm_sign_out()
    bench.expect("签退成功", "金额12.34", within_s=ALL_TRIES_S)
    _assert_closed_once(bench, is_balanced)


@pytest.mark.parametrize(("on", "code"), [(SETTLEMENT, _SETTLING), ("0320/207", _UPLOAD_BAL)])
def test_o4_a_fault_that_lasts_is_told_and_the_retry_goes_on(
    bench: Bench, shop: CrookedHost, on: str, code: int
) -> None:
    """O4: three tries, the reason, the state kept; ENTER goes on where it was with the same STAN."""
    _sell_two(bench, shop, True)
    for _ in range(3):
        shop.bend(on, _no_frame)
    bench.to_totals()
    bench.confirm_sign_out()
    expect_trouble(bench, "N3", ALL_TRIES_S)
    assert bench.journal().state["code"] == code
    assert bench.journal().state["batch"] == 1
    bench.press("ENTER")
    bench.expect("签退成功", within_s=ALL_TRIES_S)
    stans = {note.stan for note in shop.heard[bench.tid] if note.what[1:] == on[1:] or note.what[4:] == on[4:]}
    assert len(stans) == 1
    _assert_closed_once(bench, True)


def test_o4_a_fault_that_lasts_in_the_upload_of_details(bench: Bench, shop: CrookedHost) -> None:
    """O4: first the details, then the batch end."""
    _sell_two(bench, shop, False)
    for on in (UPLOAD, "0320/202"):
        for _ in range(3):
            shop.bend(on, _no_frame)
    bench.to_totals()
    bench.confirm_sign_out()
    for _ in range(2):
        expect_trouble(bench, "N3", ALL_TRIES_S)
        assert bench.journal().state["code"] == _UPLOAD_UNBAL
        bench.press("ENTER")
        bench.board.run(1000)
    bench.expect("签退成功", within_s=ALL_TRIES_S)
    _assert_closed_once(bench, False)


def test_o4_two_bad_macs_lead_to_a_new_sign_in_and_the_sign_out_goes_on(bench: Bench, shop: CrookedHost) -> None:
    """O4, S2: the keys are no longer the host's; the batch is kept and settled once."""
    _sell_two(bench, shop, True)
    for _ in range(2):
        shop.bend(SETTLEMENT, _wrong_mac)
    bench.to_totals()
    bench.confirm_sign_out()
    bench.expect("请签到", within_s=ALL_TRIES_S)
    assert bench.journal().state["code"] == _SETTLING
    bench.enter_operator()
    bench.press(*CASHIER.pin, "ENTER")
    bench.expect("签退成功", within_s=ALL_TRIES_S)
    _assert_closed_once(bench, True)


def test_o4_a_farewell_that_nobody_answers(bench: Bench, shop: CrookedHost) -> None:
    """O4: the batch is closed, so the terminal signs out by itself and sleeps."""
    _sell_two(bench, shop, True)
    shop.once(FAREWELL, lambda: Silence(bench, 3))
    bench.to_totals()
    bench.confirm_sign_out()
    bench.expect("正在签退", "签退成功", within_s=ALL_TRIES_S)
    _assert_closed_once(bench, True)


@pytest.mark.parametrize("code", ["90", "91", "96", "ZZ"])
def test_o4_a_host_that_says_later(bench: Bench, shop: CrookedHost, code: str) -> None:
    """O4: told with a retry at each message; the retry is the same request."""
    _sell_two(bench, shop, True)
    for on in BALANCED[:2]:
        shop.faults.answer(bench.tid, code, on)
    bench.to_totals()
    bench.confirm_sign_out()
    for on in BALANCED[:2]:
        expect_trouble(bench, f"H{code}", ALL_TRIES_S)
        bench.press("ENTER")
        bench.board.run(500)
        assert len({note.stan for note in shop.heard[bench.tid] if note.what[4:] == on[4:]}) == 1
    bench.expect("签退成功", within_s=ALL_TRIES_S)
    _assert_closed_once(bench, True)


@pytest.mark.parametrize("verdict", ["3", " ", ""], ids=["error", "blank", "cut"])
def test_o4_totals_that_the_host_cannot_judge(bench: Bench, shop: CrookedHost, verdict: str) -> None:
    """O4: back to work with the reason; the next sign-out closes the batch."""
    _sell_two(bench, shop, True)

    def change(fields: dict[str, str]) -> None:
        fields["48"] = fields["48"][:30] + (verdict + fields["48"][31:] if verdict else "")

    shop.edit(SETTLEMENT, change)
    bench.to_totals()
    bench.confirm_sign_out()
    expect_trouble(bench, "T1")
    bench.press("ENTER")
    bench.expect("营业中")
    assert bench.journal().state["code"] == _SIGNED_IN
    assert bench.heard[-1] == SETTLEMENT
    bench.sign_out()
    _assert_closed_once(bench, True)


@pytest.mark.parametrize("code", ["77", "99", "A0", "A7"])
@pytest.mark.parametrize("on", BALANCED[:2])
def test_o4_keys_or_batch_refused_leads_to_a_new_sign_in(bench: Bench, shop: CrookedHost, on: str, code: str) -> None:
    """O4: the host forgot the session; the batch is kept, and after a new sign-in it goes on by itself."""
    _sell_two(bench, shop, True)
    shop.faults.answer(bench.tid, code, on, is_signed=code != "A0")
    bench.to_totals()
    bench.confirm_sign_out()
    expect_trouble(bench, f"H{code}", ALL_TRIES_S)
    bench.press("ENTER")
    bench.expect("终端已锁定", "请签到")
    assert bench.journal().state["batch"] == 1
    bench.enter_operator()
    bench.press(*CASHIER.pin, "ENTER")
    bench.expect("签到成功")
    bench.press("ENTER")
    bench.expect("签退成功", within_s=ALL_TRIES_S)
    _assert_closed_once(bench, True)
