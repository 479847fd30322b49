# SPDX-License-Identifier: MIT
"""One shift of the soak after the other at one terminal: sales and voids as they come, some of them disturbed, then the
settlement. Everything is drawn from one seed.
"""

from __future__ import annotations

import random
import re
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from tests_host.endurance.counter import Counter
from tests_host.endurance.trouble import Trouble
from tests_host.endurance.wish import SALES, Kind, Wish
from tests_host.journeys.crooked import CrookedHost
from tests_host.serial.terminals import ask, deploy

_KINDS: Final = (*SALES, Kind.VOID)
_WEIGHTS: Final = (58, 24, 10, 8)
_AMOUNT_MOST: Final = 99_999
_AFTERMATH: Final = 4  # transactions after a fault that may still fail because of it
_SAMPLE_EVERY: Final = 25
_REST_MS: Final = 130_000  # for what is still to be uploaded, tried again after a minute or two
_REST_AFTER_MS: Final = 1500
_BLOCK: Final = 16  # bytes of a block of the heap where words have 32 bits
_LARGEST: Final = re.compile(rb"max free sz: (\d+)")
_COLLECT: Final = "    gc.collect()\n"
_AND_TELL: Final = "    gc.collect()\n    __import__('micropython').mem_info()\n"


@dataclass(frozen=True)
class Sample:
    """The heap at the ready screen, bytes; `age` is the number of transactions since power came or the shift began."""

    age: int
    live: int
    largest_free: int


@dataclass
class Shift:
    """What was done, and how the heap was just before the sign-out."""

    kinds: Tally[str] = field(default_factory=Tally)
    faults: Tally[str] = field(default_factory=Tally)
    restarts: int = 0  # power cuts among them
    crashes: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        return {**asdict(self), "kinds": dict(self.kinds), "faults": dict(self.faults)}


class Terminal:
    """`health.py`, which is in the memory only while it is asked, also tells the largest free block."""

    def __init__(self, folder: Path, shop: CrookedHost, tid: str, seed: int, fault_share: float) -> None:
        self.counter = Counter(folder, shop, tid, seed)
        self._chance = random.Random(f"soak {seed}")
        self._trouble = Trouble(self.counter, self._chance)
        self._fault_share = fault_share
        self._calm_from = self._done = self._age = 0
        deploy(self.counter.bench, "firmware/bench/health.py", _COLLECT, _AND_TELL)

    def shift(self, transactions: int, on_done: Callable[[], None]) -> Shift:
        """AssertionError or another one when something is lost, doubled or otherwise wrong."""
        shift, counter = Shift(), self.counter
        lives = len(counter.board.resets)
        counter.come_to()
        self._age = 0
        for number in range(1, transactions + 1):
            self._transaction(shift)
            if number % _SAMPLE_EVERY == 0 or number == transactions:
                self._sample(shift)
            on_done()
        self._trouble.calm()
        counter.settle()
        shift.restarts = len(counter.board.resets) - lives - 1
        shift.crashes, counter.crashes = counter.crashes, []
        return shift

    def _transaction(self, shift: Shift) -> None:
        lives = len(self.counter.board.resets)
        self.counter.come_to()
        wish = self._wish()
        if self._chance.random() < self._fault_share:
            shift.faults[self._trouble.order()] += 1
            self._calm_from = self._done + _AFTERMATH
        is_calm = self._done >= self._calm_from and not self._trouble.is_in_wait
        self.counter.do(wish, is_calm)
        self._trouble.end()
        self.counter.come_to()
        shift.kinds[wish.kind.value] += 1
        self._done += 1
        self._age = self._age + 1 if len(self.counter.board.resets) == lives else 0

    def _wish(self) -> Wish:
        kind = self._chance.choices(_KINDS, _WEIGHTS)[0]
        if kind is Kind.VOID:
            if voidable := self.counter.voidable():
                return Wish(kind, self.counter.till.entries[voidable[-1]].wish.amount, voidable[-1])
            kind = Kind.CASH
        return Wish(kind, self._chance.randint(1, _AMOUNT_MOST))

    def _sample(self, shift: Shift) -> None:
        """When everything is uploaded and the terminal rests; what is not there is not counted."""
        bench = self.counter.bench
        if not bench.board.run_until(lambda: self.counter.is_final, _REST_MS):
            return
        bench.board.run(_REST_AFTER_MS)
        start = len(bench.board.serial)
        answer = ask(bench, "health")
        found = _LARGEST.search(bench.board.serial[start:])
        if answer is not None and "used" in answer and found is not None:
            shift.samples.append(Sample(self._age, int(answer["used"]), int(found[1]) * _BLOCK))
