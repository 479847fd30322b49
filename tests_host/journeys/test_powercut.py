# SPDX-License-Identifier: MIT
"""Power fails at a flash operation of the day, anywhere in it and in any way a chip can be cut off. After the restart
every invariant holds, the day goes on as the screen says, and in the end both books are equal to the cent (O5).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests_host.journeys import powercut
from tests_host.journeys.bench import Bench
from tests_host.journeys.busy_clerk import Work
from tests_host.journeys.crooked import CrookedHost, running
from tests_host.journeys.shop_day import TIDS, Day
from tools.emulator.flash import MODES
from tools.rig import CASHIER

AMOUNTS: Final = Work(cash=[1234, 500, 77])
_NOTHING: Final = Work(cash=[])
CASES, WORN_CASES, IDLE_CASES, DOUBLE_CASES, BUSY_CASES = 50, 12, 9, 8, 20
_WRONG_PIN: Final = "135799"

# The journal of a terminal at the end of its ring: one more record moves the head, which erases a sector and copies
# yesterday's transactions out of the next.
_WEAR_OUT: Final = """
from firmware.store.journal import ACKED, CASH, Journal, Txn
journal = Journal()
journal.mount()
journal.change(epoch=1, batch=1)
for number in range(66):
    journal.change(clock=number)
txn = Txn()
txn.epoch = txn.batch = 1
txn.time = txn.operator = txn.shift = txn.zone = 0
txn.kind, txn.status = CASH, ACKED
for number in range(12):
    txn.stan, txn.amount = 1000 + number, 900000 + number
    journal.record(txn)
journal.change(epoch=2, batch=2, stan_limit=2000)
for number in range(4088 - 80):
    journal.change(clock=number)
"""


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrookedHost]:
    with running(tmp_path_factory.mktemp("crooked")) as host:
        yield host


def _length(folder: Path, shop: CrookedHost, work: Work, journal: bytes = b"") -> int:
    """Flash operations of a day without a power cut."""
    day = Day(folder, shop, work, 0)
    with day.bench:
        if journal:
            day.age(journal)
        operations = day.live()
        day.watch.finish()
    return operations


def _point(operations: int, case: int, cases: int) -> tuple[int, str]:
    """The cases spread evenly over all operations and modes."""
    number, mode = divmod(case * operations * len(MODES) // cases, len(MODES))
    return number + 1, MODES[mode]


@pytest.fixture(scope="session")
def operations(shop: CrookedHost, tmp_path_factory: pytest.TempPathFactory) -> int:
    return _length(tmp_path_factory.mktemp("day"), shop, AMOUNTS)


_LONG_ONES = [pytest.param(case, marks=pytest.mark.long) if case % 4 else case for case in range(CASES)]


@pytest.mark.parametrize("case", _LONG_ONES)
def test_o5_power_fails_at_a_flash_operation(shop: CrookedHost, tmp_path: Path, operations: int, case: int) -> None:
    """O5, S5: before, in the middle of, or after the operation."""
    day = Day(tmp_path, shop, AMOUNTS, case)
    with day.bench:
        day.survive(_point(operations, case, CASES))


@pytest.mark.long
@pytest.mark.parametrize("case", range(DOUBLE_CASES))
def test_o5_power_fails_again_before_the_day_is_done(
    shop: CrookedHost, tmp_path: Path, operations: int, case: int
) -> None:
    """O5: a second and a third time, in what the restart has to do."""
    first = _point(operations, case, DOUBLE_CASES)
    day = Day(tmp_path, shop, AMOUNTS, case)
    with day.bench:
        day.survive(first, (1 + case % 5, MODES[case % 3]), (2 + case % 3, MODES[(case + 1) % 3]))


@pytest.fixture(scope="session")
def idle_operations(shop: CrookedHost, tmp_path_factory: pytest.TempPathFactory) -> int:
    return _length(tmp_path_factory.mktemp("idle"), shop, _NOTHING)


@pytest.mark.long
@pytest.mark.parametrize("case", range(IDLE_CASES))
def test_o5_power_fails_on_a_day_without_sales(
    shop: CrookedHost, tmp_path: Path, idle_operations: int, case: int
) -> None:
    """O5: an empty batch is closed like any other, once."""
    day = Day(tmp_path, shop, _NOTHING, case)
    with day.bench:
        day.survive(_point(idle_operations, case, IDLE_CASES))


@pytest.fixture(scope="session")
def worn_journal(shop: CrookedHost, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    with Bench(tmp_path_factory.mktemp("worn"), shop, str(next(TIDS))) as bench:
        bench.board.exec(_WEAR_OUT)
        return bench.region("journal")


@pytest.fixture(scope="session")
def worn_operations(shop: CrookedHost, worn_journal: bytes, tmp_path_factory: pytest.TempPathFactory) -> int:
    return _length(tmp_path_factory.mktemp("worn-day"), shop, AMOUNTS, worn_journal)


@pytest.mark.long
@pytest.mark.parametrize("case", range(WORN_CASES))
def test_o5_power_fails_while_the_journal_goes_round(
    shop: CrookedHost, tmp_path: Path, worn_journal: bytes, worn_operations: int, case: int
) -> None:
    """O5: erases and copies too; yesterday's transactions are kept."""
    day = Day(tmp_path, shop, AMOUNTS, case)
    with day.bench:
        day.age(worn_journal)
        day.survive(_point(worn_operations, case, WORN_CASES))
        assert day.bench.board.flash.erases.total() > 0


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
def test_e2_power_fails_while_a_wrong_pin_is_tried(shop: CrookedHost, tmp_path: Path, mode: str) -> None:
    """E2: the try is counted before the host can judge it; a power cut gives no try back."""
    day = Day(tmp_path, shop, _NOTHING, 1)
    bench, board = day.bench, day.bench.board
    with bench:
        for number in (1, 2):
            day.watch.restart()
            assert board.run_until(lambda: bench.is_linked, 20_000)
            bench.enter_operator()
            bench.press(*_WRONG_PIN)
            board.flash.cut_at(number, mode)
            bench.press("ENTER")
            board.run_until(lambda: board.state == "off", 10_000)
            board.flash.cancel_cut()
            if board.state != "off":
                board.cut_power()
            day.watch.check()
        guard = bench.host.books.pin_guard(bench.mid, CASHIER.number)
        assert bench.journal().state.get("attempts", 0) >= (guard.failures if guard else 0)
        day.live()
        day.watch.finish()


@pytest.fixture(scope="session")
def busy_operations(shop: CrookedHost, tmp_path_factory: pytest.TempPathFactory) -> int:
    return _length(tmp_path_factory.mktemp("busy"), shop, powercut.BUSY)


@pytest.mark.parametrize("case", [pytest.param(n, marks=pytest.mark.long) if n % 5 else n for n in range(BUSY_CASES)])
def test_w4_power_fails_on_a_day_with_orders_and_a_void(
    shop: CrookedHost, tmp_path: Path, busy_operations: int, case: int
) -> None:
    """W1, W4, O5: paid, cancelled and voided ones; a sample of `make powercut`."""
    kind = list(powercut.DAYS)[case % 2]
    number, mode = _point(busy_operations, case, BUSY_CASES)
    powercut.survive(tmp_path, shop, (kind, number, mode), case)
