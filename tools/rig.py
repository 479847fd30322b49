# SPDX-License-Identifier: MIT
"""A terminal on the bench: an acquirer host, a shop with operators, and a provisioned emulated board wired to it.

What `make day`, the journeys and the benchmarks start from. Everything lives in one folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from tools.emulator import Board, flash_image
from tools.emulator.script import Player
from tools.host import setup
from tools.host.bundle import TerminalIdentity
from tools.host.clock import system_clock
from tools.host.host import Host
from tools.host.settings import Settings
from tools.journal import JournalImage, Status, read_journal
from tools.provision import Site, provision

MID: Final = "123456789012345"
HOST_ADDRESS: Final = ("192.168.4.10", 8583)  # as the board sees it


@dataclass(frozen=True)
class Person:
    """An operator of the shop."""

    number: str
    name: str
    pin: str


CASHIER: Final = Person("001", "张伟", "246810")
SUPERVISOR: Final = Person("000", "李娜", "975310")


def new_host(folder: Path, clock: Callable[[], datetime] = system_clock, settings: Settings | None = None) -> Host:
    """A host with its CA, database and one merchant with two operators; not started yet."""
    pki = folder / "pki"
    pki.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder / 'host.sqlite'}"
    setup.create(url, pki)
    host = Host(url, pki, clock, settings=settings)
    host.enrolment.merchant(MID, "青岛路小店")
    for person in (CASHIER, SUPERVISOR):
        host.enrolment.operator(MID, person.number, person.name, person.pin, must_change=False)
    return host


class Rig:
    """One terminal of `host`. `board` is off and provisioned when `provisioned()` returns."""

    def __init__(
        self,
        folder: Path,
        host: Host,
        tid: str = "10000001",
        seed: int = 0,
        clock: datetime | None = None,
        port: int | None = None,
    ) -> None:
        self.host = host
        self.tid = tid
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.board = Board(flash_image(folder / f"{tid}.flash"), clock=clock or datetime.now(UTC), seed=seed)
        self.player = Player(self.board, desk=self)
        self.board.link.route(HOST_ADDRESS, ("127.0.0.1", port or host.port))
        self.identity: TerminalIdentity | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.board.close()

    @property
    def site(self) -> Site:
        return Site(self.board.wifi.ssid, self.board.wifi.psk, *HOST_ADDRESS)

    def provisioned(self, language: str = "zh") -> Self:
        """Enrol the terminal at the host and write its record into the board."""
        self.identity = self.host.enrolment.terminal(self.tid, MID, f"E32-{self.tid}")
        site = Site(self.board.wifi.ssid, self.board.wifi.psk, *HOST_ADDRESS, language=language)
        provision(self.board, self.identity, site, self.board.now)
        return self

    def answer(self, code: str, message: str) -> None:
        """As tools.emulator.script_base.Desk."""
        self.host.faults.answer(self.tid, code, message)

    def order(self, word: str) -> None:
        """As tools.emulator.script_base.Desk."""
        if word == "payment":
            self.host.phone.pay(self.host.phone.last(self.tid).code)
            return
        lock_level = 2 if word == "maintenance" else 0 if word == "free" else None
        is_barred = {"bar": True, "free": False}.get(word)
        self.host.enrolment.control_terminal(self.tid, is_barred, lock_level)

    def play(self, script: str) -> None:
        self.player.play(script)

    def journal(self) -> JournalImage:
        """What the flash says now, read from outside."""
        region = self.board.regions["journal"]
        return read_journal(self.board.flash.read(region.start, region.size))

    def differences(self, batch: int) -> list[str]:
        """What the host's books and the terminal's journal say differently of a batch; empty when they agree."""
        booked = {record.stan: record.amount_minor for record in self.host.books.records(self.tid, batch)}
        kept = {record.stan: record for record in self.journal().batch(batch)}
        found = [f"STAN {stan} is at the host only" for stan in sorted(booked.keys() - kept.keys())]
        for stan, record in kept.items():
            if record.status is Status.ACKED and booked.get(stan) != record.amount:
                found.append(f"STAN {stan}: terminal {record.amount}, host {booked.get(stan)}")
            if record.status is Status.REJECTED and stan in booked:
                found.append(f"STAN {stan} was rejected and is booked")
        return found
