# SPDX-License-Identifier: MIT
"""Guessing PINs with a hand on the plug: no order of tries, power cuts, restarts and clocks gives one try more (E2)."""

import random
from itertools import count, product
from pathlib import Path
from typing import Final

import pytest
from _pytest.mark import ParameterSet

from tests_host.journeys.attacker import PLACES, Attacker, Siege
from tests_host.journeys.bench import ShopHost
from tests_host.journeys.mixed_siege import MixedSiege
from tools.emulator.flash import MODES

_TIDS: Final = count(30_000_001)
_SHORT: Final = 1  # random orders
_LONG: Final = range(_SHORT, 8)
_STEPS, _LONG_STEPS = 12, 25
_ROUNDS: Final = 2


def _from_the_start(folder: Path, shop: ShopHost, name: str, seed: int) -> Attacker:
    attacker = Attacker(folder, shop, str(next(_TIDS)), PLACES[name], seed)
    attacker.bench.start_linked()
    attacker.place.reach(attacker.bench)
    return attacker


def _use_up_what_is_free(attacker: Attacker) -> int:
    """Three wrong tries where a wait follows, else one; flash operations of the first."""
    flash = attacker.bench.board.flash
    before = flash.operations
    assert attacker.try_wrong()
    operations = flash.operations - before
    for _ in range(2 if attacker.place is PLACES["sign-in"] else 0):
        attacker.bench.press("ENTER")
        attacker.bench.expect("密码 操作员")
        assert attacker.try_wrong()
    attacker.check()
    return operations


def _again(attacker: Attacker) -> None:
    """At the question once more, the wait sat out."""
    bench = attacker.bench
    bench.host.enrolment.unlock_operator(bench.mid, "001")
    bench.host.enrolment.unlock_operator(bench.mid, "000")
    attacker.sit_out()
    attacker.place.reach(bench)
    if attacker.place is PLACES["idle lock"]:
        attacker.begin_anew()  # the sign-in on the way here was right


def _short_ones() -> list[ParameterSet]:
    """One mode of the sign-in; the rest is for longer runs."""
    cases = []
    for name, mode in product(PLACES, MODES):
        is_short = name == "sign-in" and mode == "torn"
        cases.append(pytest.param(name, mode, marks=() if is_short else pytest.mark.long))
    return cases


@pytest.mark.parametrize(("name", "mode"), _short_ones())
def test_e2_power_fails_at_each_flash_operation_of_a_try(shop: ShopHost, tmp_path: Path, name: str, mode: str) -> None:
    """E2: whoever judges, and whatever the cut leaves behind: counted before judged, not given back, waited for."""
    attacker = _from_the_start(tmp_path, shop, name, MODES.index(mode))
    flash = attacker.bench.board.flash
    with attacker.bench:
        operations = _use_up_what_is_free(attacker)
        assert operations >= 1 and attacker.counted == attacker.judged
        attacker.cut()
        attacker.restart()
        for number in range(1, operations + 1):
            _again(attacker)
            flash.cut_at(number, mode)
            is_told = attacker.try_wrong()
            assert not is_told and not flash.is_cut_pending, "there was no such operation"
            attacker.cut()
            attacker.restart()


@pytest.mark.timeout(400)  # hours of waiting, each second drawn
@pytest.mark.parametrize("seed", [*range(_SHORT), *(pytest.param(seed, marks=pytest.mark.long) for seed in _LONG)])
def test_e2_no_order_of_things_gives_one_try_more(shop: ShopHost, tmp_path: Path, seed: int) -> None:
    """E2: tries, cuts, restarts, waiting with and without power, clocks turned: never before the policy's time."""
    attacker = Attacker(tmp_path, shop, str(next(_TIDS)), PLACES["sign-in"], seed)
    with attacker.bench:
        attacker.bench.start_linked()
        siege = Siege(attacker, random.Random(seed))
        for _ in range(_STEPS if seed < _SHORT else _LONG_STEPS):
            siege.step()
        assert attacker.counted > 3, "too few tries to say anything"


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [*range(_SHORT), *(pytest.param(seed, marks=pytest.mark.long) for seed in _LONG)])
def test_e2_neither_count_helps_with_the_other(shop: ShopHost, tmp_path: Path, seed: int) -> None:
    """E2, E4, L6: the operator's and the supervisor's PIN tried in turn: each has its count, each its wait."""
    attacker = Attacker(tmp_path, shop, str(next(_TIDS)), PLACES["sign-in"], seed)
    with attacker.bench:
        attacker.bench.start_linked()
        siege = MixedSiege(attacker, random.Random(seed))
        for _ in range(1 if seed < _SHORT else _ROUNDS):
            siege.round()
        assert {"sign-in", "approval"} <= siege.reached, f"only {siege.reached}"
