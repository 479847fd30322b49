# SPDX-License-Identifier: MIT
"""Bad answers to advices: the sale stands, its upload is tried again, and it is booked once whatever went wrong
(W3, W4, O1, O3).
"""

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests_host.journeys.bench import Bench
from tests_host.journeys.crooked import CrookedHost, running
from tests_host.journeys.fault_bench import Silence, durable, expect_trouble, quick_fingers
from tools.host.server import Outgoing
from tools.journal import Status
from tools.rig import CASHIER

ADVICE: Final = "0220/000"
_RETRY_S: Final = 100  # the first pause is a minute


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


Arm = Callable[[CrookedHost, Bench], object]
FAULTS: Final[dict[str, Arm]] = {
    "garbage": lambda host, bench: host.faults.garbage(bench.tid, b"\x00\x13garbage garbage gar", ADVICE),
    "wrong MAC": lambda host, bench: host.bend(ADVICE, _wrong_mac),
    "wrong STAN": lambda host, bench: host.faults.wrong_field(bench.tid, "11", "000001", ADVICE),
    "duplicate tag": lambda host, bench: host.edit(ADVICE, lambda fields: fields.update({"62": "XY001aXY001b"})),
    "cut answer": lambda host, bench: host.faults.cut(bench.tid, 40, ADVICE),
    "connection closed": lambda host, bench: host.faults.cut(bench.tid, 0, ADVICE),
    "dies before booking": lambda host, bench: host.faults.crash(bench.tid, False, ADVICE),
    "dies after booking": lambda host, bench: host.faults.crash(bench.tid, True, ADVICE),
    "link breaks going up": lambda host, bench: bench.board.link.cut_after(30, "up"),
    "link breaks coming down": lambda host, bench: bench.board.link.cut_after(30, "down"),
    "silence": lambda host, bench: Silence(bench),
    "unsigned refusal": lambda host, bench: host.faults.answer(bench.tid, "30", ADVICE, is_signed=False),
    "unsigned approval": lambda host, bench: host.faults.answer(bench.tid, "00", ADVICE, is_signed=False),
    "host's line is down": lambda host, bench: host.faults.answer(bench.tid, "92", ADVICE),
    "host fault": lambda host, bench: host.faults.answer(bench.tid, "96", ADVICE),
    "a code that nobody knows": lambda host, bench: host.faults.answer(bench.tid, "ZZ", ADVICE),
}


def _books_agree(bench: Bench, amounts: list[int]) -> None:
    batch = bench.journal().state["batch"]
    assert [record.amount_minor for record in bench.host.books.records(bench.tid, batch)] == amounts
    assert [record.amount for record in bench.journal().batch(batch)] == amounts
    assert bench.differences(batch) == []


@pytest.mark.parametrize("part", range(3))
def test_w3_an_upload_that_fails_is_made_again_and_booked_once(bench: Bench, shop: CrookedHost, part: int) -> None:
    """W3, W4: the sale is taken, kept, and goes up by itself within the first pause; then the batch closes."""
    amounts: list[int] = []
    for number, name in enumerate(list(FAULTS)[part::3], 1):
        FAULTS[name](shop, bench)
        amounts.append(100 + number)
        bench.sell(f"{100 + number}")
        bench.board.run(2000)
        assert bench.journal().batch(1)[-1].status is Status.QUEUED, name
        assert bench.shows("1笔待上传"), name
        assert bench.board.run_until(lambda: bench.shows(f"共{len(amounts)}笔"), 1000 * _RETRY_S), name
        _books_agree(bench, amounts)
    bench.sign_out()
    assert bench.host.books.batch(bench.tid, 1).is_balanced


def test_w3_a_host_that_hangs_up_again_and_again_is_left_in_peace(bench: Bench, shop: CrookedHost) -> None:
    """W3: growing pauses, also when the line itself comes up each time; then it goes up by itself."""
    for on in (ADVICE, "0221/000"):
        for _ in range(20):
            shop.faults.cut(bench.tid, 0, on)
    bench.sell("700")
    bench.board.run(100_000)
    tries = bench.heard.count(ADVICE) + bench.heard.count("0221/000")
    assert 1 <= tries <= 3, bench.heard
    shop.faults.clear()
    assert bench.uploaded(1, within_s=200)


def test_w3_an_approval_that_booked_nothing_is_found_at_the_settlement(bench: Bench, shop: CrookedHost) -> None:
    """O3: signed and still untrue; the totals differ and every record goes up again."""
    shop.faults.answer(bench.tid, "00", ADVICE)
    bench.sell("900")
    bench.sell("1")
    bench.board.run(2000)
    assert len(shop.books.records(bench.tid, 1)) == 1
    bench.sign_out()
    _closed_with(bench, [900, 1])


def _closed_with(bench: Bench, amounts: list[int]) -> None:
    assert sorted(record.amount_minor for record in bench.host.books.records(bench.tid, 1)) == sorted(amounts)
    assert bench.host.books.batch(bench.tid, 1).closed_at is not None
    assert bench.differences(1) == []


@pytest.mark.parametrize("code", ["12", "13", "30"])
def test_w3_what_the_host_refuses_for_good_counts_for_nothing(bench: Bench, shop: CrookedHost, code: str) -> None:
    """W3, O3: kept as rejected, not sent again, told at the settlement."""
    shop.faults.answer(bench.tid, code, ADVICE)
    bench.sell("700")
    bench.sell("50")
    assert bench.uploaded(1)
    bench.board.run(200_000)
    assert [record.status for record in bench.journal().batch(1)] == [Status.REJECTED, Status.ACKED]
    assert bench.heard.count(ADVICE) == 2
    bench.press("CLEAR")  # the screen is dark by now
    bench.to_totals()
    assert bench.shows("笔数1") and bench.shows("金额0.50")
    bench.confirm_sign_out()
    bench.expect("签退成功")
    _closed_with(bench, [50])


@pytest.mark.parametrize("code", ["77", "99", "A0"])
def test_w3_keys_or_batch_refused_leads_to_a_new_sign_in(bench: Bench, shop: CrookedHost, code: str) -> None:
    """W3: the host forgot the session; told when idle, the sale waits, and after the new sign-in it goes up."""
    shop.faults.answer(bench.tid, code, ADVICE, is_signed=code != "A0")
    bench.sell("700", then=f"H{code}")
    before = durable(bench)
    expect_trouble(bench, f"H{code}")
    assert durable(bench) == before
    bench.press("ENTER")
    bench.expect("密码 操作员001")  # who it is, and on which shift, is known
    bench.press(*CASHIER.pin, "ENTER")
    bench.expect("签到成功")
    bench.press("ENTER")
    bench.expect("营业中", "批次000001 共1笔")
    _books_agree(bench, [700])
    assert bench.heard.count(ADVICE) + bench.heard.count("0221/000") == 2


@pytest.mark.parametrize("code", ["77", "A0"])
def test_w3_a_new_sign_in_may_be_put_off(bench: Bench, shop: CrookedHost, code: str) -> None:
    """W3: an answer alone takes nobody's keys away: sales go on, and the next upload may be taken again."""
    shop.faults.answer(bench.tid, code, ADVICE, is_signed=code != "A0")
    bench.sell("700", then=f"H{code}")
    expect_trouble(bench, f"H{code}")
    bench.expect("营业中", within_s=70)
    bench.sell("50")
    assert bench.uploaded(2)
    _books_agree(bench, [700, 50])


def test_o1_one_connection_at_a_time(bench: Bench) -> None:
    """O1: while the sign-out waits for a connection, the echo does not open another."""
    link = bench.board.link
    link.swallow = "both"
    link.reset_connections()
    bench.sell("100")
    bench.press("MENU", "3")
    most = 0

    def count() -> bool:
        nonlocal most
        most = max(most, len(link.open_connections()))
        return False

    bench.board.run_until(count, 60_000)
    assert most == 1
