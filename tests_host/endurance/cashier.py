# SPDX-License-Identifier: MIT
"""Somebody at the counter who does one thing after the other, quickly: types ahead as far as the screens are known,
then looks at what the terminal says and answers it, until it rests again or has no power.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests_host.endurance.wish import Kind, Wish
from tests_host.journeys.bench import Bench
from tools.host.errors import PaymentError, UnknownError
from tools.play.tongues import catalogue, count_mark
from tools.rig import CASHIER, SUPERVISOR

_LOOKS: Final = 250  # of one wish: the one to be voided may be a long way back
_RETRIES: Final = 5
_PATIENCE_MS: Final = 240_000  # three tries of an exchange, each with a handshake and a time-out
_REACTION_MS: Final = 1500
_CONNECTING_MS: Final = 8000
_LOCKED_OUT_MS: Final = 905_000
_MOMENT_MS: Final = 1000
WRONG_PIN: Final = "135799"


class Cashier:
    """`is_told`, `is_refused`, `has_paid`: what came of the last wish; `faces` are the screens that were answered."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._board = bench.board
        self._words = {name: value.replace(" ", "") for name, value in catalogue().items()}
        self._wish = Wish(Kind.SIGN_IN)
        self._seen = ("", -1)
        self._is_begun = self._is_over = False
        self._begun_at = 0  # faces that there were
        self.is_told = self.is_refused = self.has_paid = self.has_restarted = False
        self.faces: list[str] = []
        self._habits = self._all_habits()
        self._retries = 0
        self._found: list[Callable[[], None]] = []

    def _all_habits(self) -> list[tuple[str, Callable[[], None]]]:
        """The first whose words are on the screen."""
        words, enter = self._words, lambda: self._press("ENTER")
        return [
            (words["pin.title"].replace("{0}", SUPERVISOR.number), self._approve),
            (words["order.scan"], self._at_the_code),
            (words["pin.wait"].replace("{0}", ""), self._wait),
            (words["void.done"], self._told),
            (count_mark(), self._browse),
            (words["void.title"], enter),
            (words["lock.title"].replace("{0}", ""), self._locked),
            (words["operator.title"], self._identify),
            (words["shift.title"], lambda: self._press("1", "ENTER")),
            (words["pin.title"].replace("{0}", CASHIER.number), self._give_pin),
            (words["amount.confirm"], self._confirm),
            (words["doubt.ask"], enter),
            (words["hint.entry"], self._begin_anew),
            (words["sale.done"], self._told),
            (words["order.none"], self._told),
            (words["refused.title"], self._refused),
            (words["recover.ask"].partition("?")[0], self._recover),
            (words["totals.title"], enter),
            (words["sign_out.confirm"], enter),
            (words["sign_in.done"], enter),
            (words["ready"], self._ready),
            (words["menu"], self._leave_the_menu),
            (words["hint.more"], enter),
            (words["hint.ok"], enter),
            (words["hint.retry"], self._try_again),
        ]

    def work(self, wish: Wish) -> None:
        """Until the terminal rests at the ready or the lock screen, sleeps, or has no power."""
        self._wish = wish
        self._is_begun = self._is_over = False
        self.is_told = self.is_refused = self.has_paid = self.has_restarted = False
        self.faces.clear()
        self._retries = 0
        for _ in range(_LOOKS):
            assert self._board.run_until(self._is_asked, _PATIENCE_MS), f"it hangs: {self._screen()}"
            if self._board.state != "running":
                return
            self.faces.append(self._screen())
            self._found[0]()
            if self._is_over:
                return
            self._board.run_until(self._has_changed, _REACTION_MS)
        raise AssertionError(f"no end of it: {self.faces[-6:]}")

    # Eyes.

    def _screen(self) -> str:
        generation = self._board.panel.generation
        if generation != self._seen[1]:
            self._seen = (self._bench.screen, generation)
        return self._seen[0]

    def _is_asked(self) -> bool:
        if self._board.state != "running":
            return True
        screen = self._screen()
        self._found = [action for words, action in self._habits if words in screen]
        return bool(self._found)

    def _has_changed(self) -> bool:
        return self._board.state != "running" or self._screen() != self.faces[-1]

    @property
    def is_at_the_counter(self) -> bool:
        """Signed in, and nothing under way."""
        return self._board.state == "running" and self._words["ready"] in self._screen()

    # Hands.

    def _press(self, *keys: str) -> None:
        self._board.keypad.press(*keys)

    def _begin(self, *keys: str) -> None:
        self._is_begun = True
        self._begun_at = len(self.faces)
        self._press(*keys)

    def _is_unheard(self) -> bool:
        """Everything was typed while the terminal made a connection: no screen came of it, and none comes."""
        if not self._is_begun or len(self.faces) > self._begun_at + 1:
            return False
        return not self._board.run_until(lambda: not self.is_at_the_counter, _REACTION_MS)

    def _ready(self) -> None:
        wish = self._wish
        if wish.kind in (Kind.SIGN_IN, Kind.WRONG_PIN):
            self._is_over = True
        elif self._is_begun and not self._is_unheard():
            self._is_over = self.is_at_the_counter
        elif wish.kind is Kind.VOID:
            self._begin("MENU", "9")
        elif wish.kind is Kind.SETTLE:
            self._begin("MENU", "3")
        else:
            self._begin("1" if wish.kind is Kind.CASH else "2", *str(wish.amount), "ENTER")

    def _confirm(self) -> None:
        """While the terminal makes a connection it takes no keys: what was typed is not always what is there."""
        amount = self._wish.amount
        self._is_begun = f"{amount // 100}.{amount % 100:02d}" in self._screen()
        self._press("ENTER" if self._is_begun else "CANCEL")

    def _begin_anew(self) -> None:
        self._is_begun = False
        self._press("CANCEL")

    def _leave_the_menu(self) -> None:
        """Unless what was chosen in it begins after all."""
        if not self._board.run_until(self._has_changed, _CONNECTING_MS):
            self._press("CANCEL")

    def _locked(self) -> None:
        if self._words["lock.pin"] in self._screen():
            self._board.run_until(lambda: self._words["lock.pin"] not in self._screen(), _LOCKED_OUT_MS)
        elif self._words["lock.idle"] in self._screen():
            self._press("ENTER")
        elif self._is_begun or self._wish.kind not in (Kind.SIGN_IN, Kind.WRONG_PIN):
            self._is_over = True
        else:
            if self._board.wifi.is_up:
                self._board.run_until(lambda: self._bench.is_linked, _CONNECTING_MS)
            self._begin("ENTER")

    def _identify(self) -> None:
        pin = () if self._wish.kind is Kind.WRONG_PIN else (*CASHIER.pin, "ENTER")
        self._press(*CASHIER.number, "ENTER", "1", "ENTER", *pin)

    def _give_pin(self) -> None:
        """A wrong one once; then it is left at that."""
        if self._wish.kind is not Kind.WRONG_PIN:
            self._press(*CASHIER.pin, "ENTER")
        elif self.is_told:
            self._press("CANCEL")
        else:
            self.is_told = True
            self._press(*WRONG_PIN, "ENTER")

    def _approve(self) -> None:
        self._press(*SUPERVISOR.pin, "ENTER")

    def _wait(self) -> None:
        """The supervisor's tries have to wait; what was wanted is begun anew then."""
        self._board.run(30 * _MOMENT_MS)
        self._is_begun = False
        self._press("ENTER")

    def _at_the_code(self) -> None:
        """The customer's phone; the terminal hears of it by itself."""
        if self._wish.kind is not Kind.PAID:
            self._press("CANCEL")
        elif self.has_paid:
            self._board.run(_MOMENT_MS)
        else:
            try:
                self._bench.host.phone.pay(self._bench.host.phone.last(self._bench.tid).code)
                self.has_paid = True
            except (PaymentError, UnknownError):
                self._press("CANCEL")  # too late, the host has given it up

    def _browse(self) -> None:
        """From the newest transaction to the one that is to be voided."""
        receipt = f"{self._bench.journal().state['batch']:06d}{self._wish.original:06d}"
        self._press("MENU" if receipt in self._screen() else "DOWN")

    def _try_again(self) -> None:
        """As long as that can help; without Wi-Fi it cannot."""
        self._retries += 1
        assert self._retries <= _RETRIES, f"in vain again and again: {self._screen()}"
        self._press("ENTER" if self._board.wifi.is_up else "CANCEL")

    def _told(self) -> None:
        self.is_told = True
        self._press("ENTER")

    def _recover(self) -> None:
        """It has locked itself after fault upon fault in its software."""
        self.has_restarted = True
        self._press("ENTER")

    def _refused(self) -> None:
        self.is_refused = True
        self._press("ENTER")
