# SPDX-License-Identifier: MIT
"""A day of the shop without a board: the clerk and the invariants of the journeys, at a terminal whose firmware,
network and host are in this process. The clerk sees words and presses keys; what is asserted is seen from outside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests_host.journeys.bench import OPENING, Bench
from tests_host.journeys.busy_clerk import BusyClerk, Work
from tests_host.journeys.invariants import Watch
from tests_host.netcut.acquirer import TID, Acquirer
from tests_host.netcut.chip import Chip
from tests_host.netcut.device import Device, told
from tests_host.netcut.loop import Loop
from tests_host.netcut.network import Network
from tools.host import booking
from tools.host.books import Books
from tools.journal import JournalImage, Status, read_journal
from tools.play.tongues import catalogue
from tools.rig import MID

DAYS: Final = {
    "balanced": Work(cash=[1234, 500, 77], orders=[321, 4500], cancelled=[999], voided=500),
    "unbalanced": Work(cash=[500, 77], orders=[321], cancelled=[999], voided=500, is_unbalanced=True),
}
BATCH: Final = 1
_KEY_MS: Final = 60
_KEYS: Final = {"ENTER": "D", "CLEAR": "C", "CANCEL": "B", "MENU": "A", "UP": "*", "DOWN": "#"}
_START_MS: Final = 20_000
_MOMENT_MS: Final = 3000
_VOID: Final = 3  # kind of transaction; from here on money goes back
_BOOKED: Final = (Status.ACKED, Status.VOIDED)


class _Radio:
    """The switch that the clerk has on the network."""

    def __init__(self, chip: Chip, network: Network) -> None:
        self._chip = chip
        self._network = network

    @property
    def is_up(self) -> bool:
        return self._chip.is_in_reach

    @is_up.setter
    def is_up(self, value: bool) -> None:
        if self._chip.is_in_reach and not value:
            self._network.leave()
        self._chip.is_in_reach = self._network.is_there = value


class _Board:
    """What a clerk needs of tools.emulator.Board."""

    def __init__(self, device: Device, loop: Loop, radio: _Radio) -> None:
        self._device = device
        self._loop = loop
        self.wifi = radio
        self.panel = self
        self.flash = device.chip.nor

    @property
    def state(self) -> str:
        return self._device.state

    @property
    def generation(self) -> int:
        return self._device.canvas.generation

    @property
    def is_lit(self) -> bool:
        return self._device.canvas.contrast > 0

    @property
    def now_ms(self) -> int:
        return self._loop.now_ms

    @property
    def serial(self) -> bytes:
        return "\n".join(self._device.log).encode()

    def text(self) -> list[str]:
        return self._device.canvas.words

    def run(self, ms: int) -> None:
        self.run_until(lambda: False, ms)

    def run_until(self, is_so: Callable[[], bool], ms: int) -> bool:
        return self._loop.run_until(lambda: self._is_well() and is_so(), ms)

    def _is_well(self) -> bool:
        assert not self._device.fault, f"the software has failed: {self._device.fault}"
        faults = [told(fault) for fault in self._loop.unheard]
        assert not faults, f"a task has failed unheard: {faults}"
        assert not self._device.chip.is_starved or self.state != "running", "the watchdog would have bitten"
        return True


class Shop:
    """In place of tests_host.journeys.bench.Bench."""

    def __init__(self, host: Acquirer, seed: int) -> None:
        self.tid, self.mid = TID, MID
        self.loop = Loop()
        self.host = host
        self.network = Network(self.loop, self.host)
        self.device = Device(Chip(self.loop, int(OPENING.timestamp()), seed), self.network.connect)
        self.identity = identity = self.host.identity
        self.board = _Board(self.device, self.loop, _Radio(self.device.chip, self.network))
        settings = {"tid": TID, "mid": MID, "serial": identity.serial, "address": "192.168.4.10", "port": 8583}
        settings |= {"server": identity.server_name, "ssid": "shop", "support": identity.support}
        certificates = identity.client_certificate, identity.client_key, identity.ca_certificate
        self.device.provision(settings, certificates, (identity.tmk, identity.tak0, identity.tpk0))

    @property
    def screen(self) -> str:
        return "".join(self.device.canvas.words).replace(" ", "")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.device.press(_KEYS.get(key, key))
            self.board.run(_KEY_MS)

    def journal(self) -> JournalImage:
        return read_journal(bytes(self.device.chip.nor.data))

    def region(self, _name: str) -> bytes:
        return bytes(self.device.chip.nor.data)


class _Watch(Watch):
    """The invariants of the journeys; there is no program in this flash."""

    def _digest_of_code(self) -> bytes:
        return b""


class PatientClerk(BusyClerk):
    """Waits a moment before trying again what did not work, and presses a key when the screen has gone dark."""

    def __init__(self, bench: Bench, work: Work, batch: int) -> None:
        super().__init__(bench, work, batch)
        self._habits.insert(0, (catalogue()["trouble.title"].replace(" ", ""), self._try_again))

    def _recognise(self, habit: list[Callable[[], None]]) -> bool:
        if self._bench.board.panel.is_lit:
            return super()._recognise(habit)
        habit.append(lambda: self._bench.press("CLEAR"))
        return True

    def _try_again(self) -> None:
        self._bench.board.run(_MOMENT_MS)
        self._bench.press("ENTER")


class Day:
    """From power on to the closed batch; `network.choose` decides what goes wrong."""

    def __init__(self, host: Acquirer, work: Work, seed: int) -> None:
        self.shop = Shop(host, seed)
        self._work = work
        host.begin(lambda: self.shop.loop.now_ms, work.is_unbalanced)
        bench: Any = self.shop
        self.watch = _Watch(bench, bench.host)
        self.watch.may_sell([*work.cash, *work.orders], work.voided)
        self._clerk = PatientClerk(bench, work, BATCH)

    def live(self) -> None:
        """AssertionError when the day does not end, or when it did not end well."""
        self.shop.device.power_on()
        assert self.shop.board.run_until(lambda: "请签到" in self.shop.screen, _START_MS), "it does not start"
        self._clerk.work()
        assert self._clerk.is_home, f"the terminal is {self.shop.board.state}, the batch is open"
        self.shop.board.run(_START_MS)  # what the host hears late changes nothing
        self.watch.check()
        check_books(self.shop, self.shop.host.books, self._work)


def check_books(bench: Any, books: Books, work: Work) -> None:
    """Signed out, every sale booked once, what was undone not at all, both books the same to the cent."""
    image, tid = bench.journal(), bench.tid
    assert image.state["code"] == 0 and image.state["batch"] == BATCH + 1, f"not signed out: {image.state}"
    batch, totals = books.batch(tid, BATCH), books.totals(tid, BATCH)
    kept = [record for record in image.batch(BATCH) if record.status in _BOOKED]
    taken = sorted(record.amount for record in kept if record.kind < _VOID)
    back = [record.amount for record in kept if record.kind >= _VOID]
    assert taken == sorted([*work.cash, *work.orders]), f"the terminal has taken {taken}"
    assert back == [work.voided], f"the terminal has given back {back}"
    assert (totals.debit_count, totals.debit_minor) == (len(taken), sum(taken)), f"the host has booked {totals}"
    assert (totals.credit_count, totals.credit_minor) == (len(back), sum(back)), f"the host has booked {totals}"
    assert batch.closed_at is not None, "the host's batch is open"
    records = [record for record in books.records(tid, BATCH) if record.status != booking.REVERSED]
    booked = sorted((record.stan, record.amount_minor) for record in records)
    assert booked == sorted((record.stan, record.amount) for record in kept), f"booked {booked}, kept {kept}"
