# SPDX-License-Identifier: MIT
"""Days of chance: hypothesis chooses what is done at a terminal next, and a small model says what must come of it.

After each step the journal is held to the model; at the end the Wi-Fi is there, the batch is settled, and journal,
host's books and model agree to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests_host.endurance.counter import Counter
from tests_host.endurance.wish import Kind, Wish
from tools.emulator.flash import MODES

STEPS: Final = 10
_TRIES: Final = 3  # wrong PINs in a row; the host locks the operator at the fifth
_OPERATIONS: Final = 12
_AMOUNTS: Final = st.integers(1, 9999)


class TerminalMachine(RuleBasedStateMachine):
    """`open_counter` gives each day a terminal of its own, provisioned and without power."""

    open_counter: ClassVar[Callable[[], Counter]]
    crashes: ClassVar[list[str]] = []

    def __init__(self) -> None:
        super().__init__()
        self.counter = type(self).open_counter()
        self.board = self.counter.board
        self._is_broken = False

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Power that has failed in it comes back at once; after a finding the day is over."""
        try:
            yield
            while self.board.state == "off":
                self.counter.start()
        except BaseException:
            self._is_broken = True
            raise

    @property
    def _is_calm(self) -> bool:
        return self.counter.bench.is_linked and self.board.wifi.is_up and not self.board.flash.is_cut_pending

    def _can_work(self) -> bool:
        return self.board.wifi.is_up or self.counter.cashier.is_at_the_counter

    def _work(self, wish: Wish) -> None:
        with self._step():
            self._come()
            if self.counter.cashier.is_at_the_counter:
                self.counter.do(wish, self._is_calm)

    def _come(self) -> None:
        if self.board.wifi.is_up:
            self.counter.come_to()

    @initialize()
    def switch_on(self) -> None:
        with self._step():
            self.counter.start()

    @rule(amount=_AMOUNTS)
    @precondition(_can_work)
    def sell_for_cash(self, amount: int) -> None:
        self._work(Wish(Kind.CASH, amount))

    @rule(amount=_AMOUNTS)
    @precondition(_can_work)
    def sell_by_code(self, amount: int) -> None:
        self._work(Wish(Kind.PAID, amount))

    @rule(amount=_AMOUNTS)
    @precondition(_can_work)
    def cancel_a_code(self, amount: int) -> None:
        self._work(Wish(Kind.CANCELLED, amount))

    @rule(which=st.integers(0, 7))
    @precondition(lambda self: self._can_work() and bool(self.counter.till.cash))
    def void_a_sale(self, which: int) -> None:
        with self._step():
            self._come()
            self.board.run_until(lambda: bool(self.counter.voidable()), 5000)
            if voidable := self.counter.voidable():
                original = voidable[which % len(voidable)]
                wish = Wish(Kind.VOID, self.counter.till.entries[original].wish.amount, original)
                self.counter.do(wish, self._is_calm)

    @rule(count=st.integers(1, _OPERATIONS), mode=st.sampled_from(MODES))
    @precondition(lambda self: not self.board.flash.is_cut_pending)
    def let_power_fail_soon(self, count: int, mode: str) -> None:
        self.board.flash.cut_at(count, mode)

    @rule()
    def pull_the_plug(self) -> None:
        with self._step():
            if self.board.state != "off":
                self.board.cut_power()

    @rule()
    def switch_the_wifi(self) -> None:
        self.board.wifi.is_up = not self.board.wifi.is_up

    @rule()
    @precondition(lambda self: self.board.wifi.is_up and not self.counter.cashier.is_at_the_counter)
    def give_a_wrong_pin(self) -> None:
        with self._step():
            if self.board.state == "deepsleep":
                self.counter.start()
            if self.board.state == "running" and self.counter.attempts < _TRIES:
                self.counter.do(Wish(Kind.WRONG_PIN))

    @rule()
    @precondition(_can_work)
    def settle(self) -> None:
        self._work(Wish(Kind.SETTLE))

    def teardown(self) -> None:
        """Everything in order again: the last batch is settled too, unless nobody has ever signed in."""
        try:
            if not self._is_broken and self.counter.batch:
                self.board.wifi.is_up = True
                self.board.flash.cancel_cut()
                self.counter.finish()
        finally:
            self.crashes.extend(self.counter.crashes)
            self.counter.close()


def machine(open_counter: Callable[[], Counter]) -> type[TerminalMachine]:
    """A class of its own, for hypothesis keeps its seed and its findings there."""

    class Machine(TerminalMachine):
        pass

    Machine.open_counter = staticmethod(open_counter)
    Machine.crashes = []
    return Machine


def explore(days: int, number: int, kind: type[TerminalMachine], is_shrunk: bool = False, steps: int = STEPS) -> None:
    """So many days drawn from the seed `number`; raises what was found, its notes say what was done."""
    phases: list[Any] = [Phase.generate, Phase.shrink] if is_shrunk else [Phase.generate]
    run_state_machine_as_test(
        seed(number)(kind),
        settings=settings(
            max_examples=days,
            stateful_step_count=steps,
            phases=phases,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
