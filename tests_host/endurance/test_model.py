# SPDX-License-Identifier: MIT
"""The machine of `make model` in short: a few days without a difference, and a defect that it does not pass over."""

from itertools import count
from pathlib import Path
from typing import Final

import pytest

from tests_host.endurance.counter import Counter
from tests_host.endurance.machine import explore, machine
from tests_host.endurance.wish import Kind, Wish
from tests_host.journeys.crooked import CrookedHost
from tests_host.serial.terminals import deploy

_DAYS, _SEED = 2, 11
_TIDS: Final = count(41_000_001)
_CREDIT: Final = "totals.credit_amount += txn.amount"


def test_days_of_chance_show_no_difference(shop: CrookedHost, tmp_path: Path) -> None:
    kind = machine(lambda: Counter(tmp_path, shop, str(next(_TIDS))))
    explore(_DAYS, _SEED, kind)
    assert kind.crashes == []


@pytest.mark.long
def test_a_void_that_the_totals_leave_out_is_found(shop: CrookedHost, tmp_path: Path) -> None:
    """The host will not close such a batch. The steps are given: to come upon them by chance takes longer."""

    def broken() -> Counter:
        counter = Counter(tmp_path, shop, str(next(_TIDS)))
        deploy(counter.bench, "firmware/store/totals.py", _CREDIT, "totals.credit_amount += 0")
        return counter

    day = machine(broken)()
    day.switch_on()
    day.sell_for_cash(500)
    day.void_a_sale(0)
    with pytest.raises(AssertionError, match="in vain .*H95"):
        day.teardown()


def test_what_the_terminal_could_not_hear_is_typed_again(
    shop: CrookedHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key is taken in the middle of a handshake (E1); the person sees that nothing has come of theirs."""
    counter = Counter(tmp_path, shop, str(next(_TIDS)))
    counter.come_to()
    keypad = counter.board.keypad

    def press_in_vain(*keys: str) -> None:
        monkeypatch.undo()
        counter.board.run(len(keys) * (keypad.down_ms + keypad.gap_ms))

    monkeypatch.setattr(keypad, "press", press_in_vain)
    counter.do(Wish(Kind.CASH, 19_905), is_calm=True)
    assert [entry.wish.amount for entry in counter.till.entries.values()] == [19_905]
    counter.close()
