# SPDX-License-Identifier: MIT
"""A terminal, the person before it and the model of both: whatever is done, the journal is held to the model after it,
and at the end of a batch the host's books too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests_host.endurance.cashier import Cashier
from tests_host.endurance.till import Till, hold
from tests_host.endurance.wish import SALES, Kind, Wish
from tests_host.journeys.bench import Bench
from tests_host.journeys.crooked import CrookedHost
from tests_host.journeys.fault_bench import quick_fingers
from tools.journal import JournalImage, Status

_START_MS: Final = 2400  # to the lock screen, from the reset
_BOUNCE_MS: Final = 10  # until the button's contact is at rest
_ATTEMPTS: Final = 12  # to get to the counter: power may fail again, an exchange may get lost
_SIGNED_OUT: Final = 0
_SETTLING: Final = (2, 3, 4, 5)  # codes of the state record


class Counter:
    """`batch` is the open one, 0 before the first sign-in; `shifts` counts closed ones; `crashes` has what the console
    said of restarts that nobody asked for.
    """

    def __init__(self, folder: Path, shop: CrookedHost, tid: str, seed: int = 1) -> None:
        self.bench = Bench(folder, shop, tid, seed)
        self.board = self.bench.board
        quick_fingers(self.bench)
        self.bench.provisioned()
        self.cashier = Cashier(self.bench)
        self.till = Till()
        self.batch = self.shifts = 0
        self._is_settling = False
        self._lives = 0  # restarts that are accounted for
        self.crashes: list[str] = []
        self._read = (JournalImage(), -1)

    def close(self) -> None:
        self.board.close()

    @property
    def journal(self) -> JournalImage:
        """Read again when something was written."""
        operations = self.board.flash.operations
        if operations != self._read[1]:
            self._read = (self.bench.journal(), operations)
        return self._read[0]

    @property
    def attempts(self) -> int:
        """PINs tried since the last right one."""
        return self.journal.state.get("attempts", 0)

    def voidable(self) -> list[int]:
        """STANs of cash sales that the journal says can be given back."""
        self.till.check(self.journal.batch(self.batch))
        return self.till.voidable()

    @property
    def is_final(self) -> bool:
        """Nothing is left to be uploaded or asked."""
        self.till.check(self.journal.batch(self.batch))
        return self.till.is_final

    # Power.

    def start(self) -> None:
        """Power or the button: up to the lock screen, unless power fails once more."""
        board = self.board
        tries = self.attempts
        board.button.press()
        if board.state == "off":
            board.power_on()
        reached = board.run_until(lambda: self.bench.shows("终端已锁定") or board.state == "off", _START_MS)
        board.button.release()
        board.run(_BOUNCE_MS)
        self._lives = len(board.resets)
        if board.state == "off":
            return
        assert reached, f"{_START_MS} ms after the reset the screen says {board.panel.text()}"
        assert self.attempts == tries, "the restart changed the tries that are left"
        self.look()

    def come_to(self) -> None:
        """Whatever has become of the terminal: up to the ready screen. The Wi-Fi has to be there."""
        for _ in range(_ATTEMPTS):
            if self.cashier.is_at_the_counter:
                return
            if self.board.state != "running":
                self.start()
            else:
                self.do(Wish(Kind.SIGN_IN))
        raise AssertionError(f"no way to the counter: {self.board.panel.text()}")

    def settle(self) -> None:
        """Until the batch is closed and the terminal asleep."""
        shifts = self.shifts
        for _ in range(_ATTEMPTS):
            if self.shifts != shifts:
                return
            if self.cashier.is_at_the_counter:
                self.do(Wish(Kind.SETTLE))
            elif self.board.state == "running":
                self.do(Wish(Kind.SIGN_IN))
            else:
                self.start()
        assert self.shifts != shifts, f"the batch does not close: {self.board.panel.text()}, {self.till.entries}"

    def finish(self) -> None:
        """The end of all work: signed out, everything settled."""
        self.come_to()
        self.settle()
        assert self.journal.state["code"] == _SIGNED_OUT, "not signed out after the settlement"

    # Work.

    def do(self, wish: Wish, is_calm: bool = False) -> None:
        """`is_calm`: nothing is out of order, so that it has to come about."""
        board, cashier = self.board, self.cashier
        is_blocked, tries = not self.till.is_final, self.attempts
        cashier.work(wish)
        is_cut = board.state == "off" or self._has_crashed(wish)
        self._lives = len(board.resets)
        assert is_blocked or not cashier.is_refused, f"{wish} was refused"
        if wish.kind is Kind.SETTLE:
            self._is_settling |= self.journal.state["code"] in _SETTLING
        if wish.kind in SALES or wish.kind is Kind.VOID:
            is_firm = wish.kind is Kind.CASH and not cashier.is_refused
            is_sure = cashier.is_told or not is_cut and (is_firm or is_calm)
            records = self.journal.batch(self.batch)
            self.till.note(wish, records, cashier.has_paid, is_sure)
            self._check_told(wish, is_cut)
        elif wish.kind is not Kind.SETTLE:
            self._check_tries(wish, tries, is_cut)
        self.look()

    def _has_crashed(self, wish: Wish) -> bool:
        """It restarted by itself, at this wish or before it: noted, and for the books as good as a power cut."""
        if len(self.board.resets) == self._lives or self.cashier.has_restarted:
            return False
        self.crashes.append(f"{wish.kind.value}: {self.bench.serial.rpartition(' fault ')[2].partition('135 ')[0]}")
        return True

    def _check_told(self, wish: Wish, is_cut: bool) -> None:
        """The screen said how it ended: so the journal does."""
        if self.cashier.is_told and not is_cut and wish.kind is not Kind.CASH:
            newest = max(self.till.entries)
            status = self.till.entries[newest].status
            expected = Status.UNDONE if wish.kind is Kind.CANCELLED or not self._is_paid(wish) else Status.ACKED
            hold(status is expected, f"told as done, but {status.name}: {self.till.entries[newest]}")
            if wish.kind is Kind.VOID:
                hold(self.till.entries[wish.original].status is Status.VOIDED, f"{wish} left its original as it was")

    def _check_tries(self, wish: Wish, before: int, is_cut: bool) -> None:
        """A wrong PIN counts once, also when power fails; a right one that let somebody in leaves none."""
        if wish.kind is Kind.WRONG_PIN:
            most = before + self.cashier.is_told
            assert self.attempts == most or is_cut and self.attempts == before, f"{self.attempts} tries after {before}"
        elif self.cashier.is_at_the_counter:
            assert self.attempts == 0, f"{self.attempts} tries left over"

    def _is_paid(self, wish: Wish) -> bool:
        return wish.kind is Kind.VOID or self.cashier.has_paid

    def look(self) -> None:
        """The journal as a replay has it, against the model."""
        image = self.journal
        number = image.state.get("batch", 0)
        if not self.batch:
            self.batch = number
        elif number != self.batch:
            hold(number == self.batch + 1, f"batch {number} follows {self.batch}")
            self.till.close(self.bench, self.batch)
            self.batch, self.shifts = number, self.shifts + 1
        self._is_settling = image.state.get("code", 0) in _SETTLING
        self.till.check(image.batch(self.batch))
