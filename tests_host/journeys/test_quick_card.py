# SPDX-License-Identifier: MIT
"""Somebody who has never seen the terminal works with the quick card alone (docs/guide/card.toml): every key is on the
card, and every screen on the way names the key that is to be pressed next.
"""

import re
from typing import Final

import pytest

from tests_host.conftest import MakeBench
from tests_host.journeys.bench import Bench
from tools.emulator.script_sight import has, says
from tools.manual import card
from tools.play.stage import NOTICES
from tools.rig import CASHIER

_WITHIN: Final = {"operator": CASHIER.number, "shift": "1", "pin": CASHIER.pin, "amount": "1234"}
_MOST: Final = 8  # pages of notices or totals
_PATIENCE_MS: Final = 10_000  # while the screen says that it is connecting


class FirstTimer:
    """Reads a step of the card, looks at the screen, presses. `unnamed`: what no screen told, as (last line, key)."""

    def __init__(self, bench: Bench, language: str) -> None:
        self._bench = bench
        self._language = language
        self._names = card.key_names(language)
        self.unnamed: list[tuple[str, str]] = []
        bench.player.reads = has  # the card has the words of this language

    def _names_it(self, key: str) -> bool:
        """Does the screen name this key: by its name, or a digit before what it leads to?"""
        name = self._names.get(key)
        form = re.escape(name) if name else rf"(?<!\d){key} ?[^\d\s]"
        return any(re.search(form, row, re.IGNORECASE) for row in self._bench.board.panel.text())

    def _look_for(self, key: str) -> None:
        board = self._bench.board
        if not board.run_until(lambda: self._names_it(key), _PATIENCE_MS):
            self.unnamed.append((board.panel.text()[-1], key))

    def _press(self, key: str) -> None:
        if key == "power":
            self._bench.play("power on\npower hold 2000")
        elif key in _WITHIN:
            self._bench.press(*_WITHIN[key])
        else:
            self._look_for(key)
            self._bench.press(key)

    def _press_all(self, step: card.Step) -> None:
        before = self._bench.screen
        for key in step.keys:
            self._press(key)
        self._bench.board.run_until(lambda: self._bench.screen != before, step.within_s * 1000)

    def follow(self, step: card.Step) -> None:
        """One line of the card, up to what the screen says then."""
        self._press_all(step)
        for _ in range(_MOST if step.is_repeated else 0):
            if says(self._bench.board, step.sees):
                break
            self._press_all(step)
        if not step.keys and step.sees == card.seen("order.told2", self._language):
            self._bench.play("host payment")
        self._bench.expect(step.sees, within_s=step.within_s)


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
def test_w1_with_the_quick_card_alone_somebody_signs_in_sells_and_signs_out(
    make_bench: MakeBench, language: str
) -> None:
    """S1, W1, W2, O2: with a notice waiting; in the end both books agree."""
    bench = make_bench()
    bench.provisioned(language)
    bench.host.enrolment.notice(*NOTICES[language], tid=bench.tid, must_confirm=True)
    person = FirstTimer(bench, language)
    for task in card.tasks(language):
        for step in task.steps:
            person.follow(step)
    bench.play("asleep")
    assert bench.differences(1) == []
    totals = bench.host.books.totals(bench.tid, 1)
    assert (totals.debit_count, totals.debit_minor) == (2, 2 * 1234)
    assert person.unnamed == []


def test_l2_the_card_tells_every_light_of_a_lock() -> None:
    """L2: and each of them once."""
    told = [light["rhythm"] for light in card.source()["light"]]
    assert len(set(told)) == len(told)
    assert {"steady green", "steady red", "double red", "blink yellow", "alternating green red"} == set(told)
