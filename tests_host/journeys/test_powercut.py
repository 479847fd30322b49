# SPDX-License-Identifier: MIT
"""Power fails at a flash operation of the day, anywhere in it and in any way a chip can be cut off. After the restart
every invariant holds, the day goes on as the screen says, and in the end both books are equal to the cent (O5).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests_host.journeys.bench import Bench
from tests_host.journeys.clerk import Clerk
from tests_host.journeys.crooked import CrookedHost, running
from tests_host.journeys.fault_bench import quick_fingers
from tests_host.journeys.invariants import Watch
from tools.emulator.flash import MODES

AMOUNTS: Final = [1234, 500, 77]
CASES: Final = 50


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrookedHost]:
    with running(tmp_path_factory.mktemp("crooked")) as host:
        yield host


def _set_up(folder: Path, shop: CrookedHost, tid: int, seed: int) -> Bench:
    bench = Bench(folder, shop, str(tid), seed)
    quick_fingers(bench)
    bench.provisioned()
    return bench


def _start(bench: Bench, watch: Watch) -> None:
    watch.restart()
    assert bench.board.run_until(lambda: bench.is_linked or bench.board.state == "off", 20_000)


@pytest.fixture(scope="session")
def operations(shop: CrookedHost, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Flash operations of a day without a power cut, from the first start to sleep."""
    with _set_up(tmp_path_factory.mktemp("whole-day"), shop, 20_000_000, 0) as bench:
        watch = Watch(bench, shop)
        watch.may_sell(AMOUNTS)
        before = bench.board.flash.operations
        _start(bench, watch)
        Clerk(bench, AMOUNTS).work()
        watch.finish()
        return bench.board.flash.operations - before


@pytest.mark.parametrize("case", range(CASES))
def test_o5_power_fails_at_a_flash_operation(shop: CrookedHost, tmp_path: Path, operations: int, case: int) -> None:
    """O5, S5: before, in the middle of, or after the operation."""
    points = [(number, mode) for number in range(1, operations + 1) for mode in MODES]
    number, mode = points[case * len(points) // CASES]
    with _set_up(tmp_path, shop, 20_000_001 + case, case) as bench:
        watch = Watch(bench, shop)
        watch.may_sell(AMOUNTS)
        bench.board.flash.cut_at(number, mode)
        _start(bench, watch)
        Clerk(bench, AMOUNTS).work()
        assert bench.board.state == "off" and not bench.board.flash.is_cut_pending
        bench.board.wifi.is_up = True
        watch.restart()
        Clerk(bench, AMOUNTS).work()
        watch.finish()
