# SPDX-License-Identifier: MIT
"""The soak in short: one small shift in which every fourth transaction is disturbed; and what its report makes of
figures that drift.
"""

import random
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests_host.endurance.report import summary
from tests_host.endurance.shift import Sample, Shift
from tests_host.endurance.soak import Life, live, sizes_of
from tests_host.endurance.trend import sure, trend

_TRANSACTIONS: Final = 8


def test_a_small_shift_with_faults_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The settlement at its end compares journal, host's books and what was done at the counter."""
    life = live(tmp_path, "30000001", 5, [_TRANSACTIONS], 0.25, lambda: None)
    assert life.finding == ""
    assert life.shifts[0].kinds.total() == _TRANSACTIONS
    assert life.shifts[0].faults.total() > 0
    assert life.shifts[0].samples


def _life(live_by: int = 0, block_by: int = 0, erases: list[int] | None = None) -> Life:
    life = Life("30000001", 1, erases=erases or [4] * 64)
    for number in range(50):
        noise = 64 * (number % 5)
        sample = Sample(200, 80_000 + noise + live_by * number, 6_000 - noise - block_by * number)
        life.shifts.append(Shift(Counter(cash=200), samples=[sample]))
    return life


@pytest.mark.parametrize(
    ("life", "words"),
    [
        (_life(live_by=16), "live heap"),
        (_life(block_by=16), "largest free block"),
        (_life(erases=[1] * 63 + [9]), "erased 9 times"),
    ],
)
def test_what_drifts_or_wears_out_is_told(life: Life, words: str) -> None:
    findings = summary([life])[1]
    assert len(findings) == 1 and words in findings[0]


def test_noise_is_no_finding() -> None:
    told, findings = summary([_life()])
    assert findings == []
    assert told["totals"]["transactions"] == 10_000


def test_the_slope_is_known_as_well_as_the_points_allow() -> None:
    exact = trend([(x, 3.0 * x + 1) for x in range(10)])
    assert (round(exact.slope, 6), round(exact.margin, 6)) == (3, 0)
    assert not trend([(0, 1), (1, 2)]).margin < 1e9


def test_shifts_share_the_transactions() -> None:
    assert sizes_of(10, 4) == [2, 3, 2, 3]


def test_of_few_points_little_is_said() -> None:
    """Quantiles of Student's distribution; with three points they are six times those of many."""
    assert trend([(0, 80_000), (1, 79_970), (2, 79_920)]).is_level(0)
    for freedom, known in ((1, 12.706), (2, 4.303), (5, 2.571), (12, 2.179), (30, 2.042), (1000, 1.962)):
        assert sure(freedom) == pytest.approx(known, abs=0.001)
    for freedom, known in ((1, 63.657), (4, 4.604), (9, 3.250), (10_000, 2.576)):
        assert sure(freedom, 0.01) == pytest.approx(known, abs=0.001)


def _idle(seed: int) -> Life:
    """Ten shifts, each in a heap of its own; nothing in it depends on the others."""
    noise = random.Random(seed)
    life = Life("30000001", seed, erases=[4] * 64)
    for _ in range(10):
        sample = Sample(200, 80_000 + noise.randrange(600), 6_000 + noise.randrange(600))
        life.shifts.append(Shift(Counter(cash=200), samples=[sample]))
    return life


def test_of_many_figures_one_is_no_finding_by_chance() -> None:
    """All intervals of a run together hold with 95 %, not each."""
    told = [bool(summary([_idle(2 * run), _idle(2 * run + 1)])[1]) for run in range(400)]
    assert sum(told) <= 0.05 * len(told)
