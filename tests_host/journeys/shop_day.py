# SPDX-License-Identifier: MIT
"""A day at a terminal that is lived again and again, with the power cut at one place or another."""

from itertools import count
from pathlib import Path
from typing import Final

from tests_host.journeys.bench import Bench
from tests_host.journeys.busy_clerk import BusyClerk, Work
from tests_host.journeys.crooked import CrookedHost
from tests_host.journeys.fault_bench import quick_fingers
from tests_host.journeys.invariants import Watch
from tools.host.codec import Fields

TIDS: Final = count(20_000_001)
_VERDICT: Final = 30  # its place in DE48


def _does_not_balance(fields: Fields) -> None:
    """The host asks for every record, whatever the totals say."""
    fields["39"] = "95"
    fields["48"] = fields["48"][:_VERDICT] + "2" + fields["48"][_VERDICT + 1 :]


class Day:
    """A terminal with its clerk; `batch` is the one that the day is to close."""

    def __init__(self, folder: Path, shop: CrookedHost, work: Work, seed: int) -> None:
        self.bench = Bench(folder, shop, str(next(TIDS)), seed)
        self.work = work
        self._shop = shop
        self.batch = 1
        quick_fingers(self.bench)
        self.bench.provisioned()
        self.watch = Watch(self.bench, shop)
        self.watch.may_sell([*work.cash, *work.orders], work.voided)

    def age(self, journal: bytes) -> None:
        """A journal that has come a long way, and a host that knows it."""
        region = self.bench.board.regions["journal"]
        self.bench.board.flash.program(region.start, journal)
        self.batch = self.bench.journal().state["batch"]
        self.bench.host.alter_books("UPDATE terminals SET batch = ? WHERE tid = ?", self.batch, self.bench.tid)

    def live(self) -> int:
        """From power on to the power cut, or to the end of the day; flash operations used."""
        board = self.bench.board
        before = board.flash.operations
        board.wifi.is_up = True
        self.watch.restart()
        if self.work.is_unbalanced:
            self._shop.forget_orders()
            self._shop.edit("0500/201", _does_not_balance)
        if board.state != "off":
            assert board.run_until(lambda: self.bench.is_linked or board.state == "off", 20_000)
            BusyClerk(self.bench, self.work, self.batch).work()
        return board.flash.operations - before

    def survive(self, *cuts: tuple[int, str]) -> None:
        """Each cut counts from the restart before it; then the day to its end."""
        for number, mode in cuts:
            self.bench.board.flash.cut_at(number, mode)
            self.live()
            if self.bench.board.state != "off":
                break  # the rest of the day was shorter than that
            assert not self.bench.board.flash.is_cut_pending
        else:
            self.live()
        self.watch.finish()
