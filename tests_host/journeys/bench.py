# SPDX-License-Identifier: MIT
"""The bench of the journeys: a host that notes what it is asked, and a terminal with what a person does at it.

Everything a journey asserts comes from outside the firmware: pixels, LED, flash, the serial line and the host's books.
Shop and host live in the board's virtual time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self

from tools.emulator.ocr import read_icons
from tools.host import message
from tools.host.host import Host
from tools.host.server import Outgoing
from tools.host.settings import Settings
from tools.play.tongues import LANGUAGE, reads
from tools.provision import Site, provision
from tools.rig import CASHIER, SUPERVISOR, Person, Rig, new_host

OPENING: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # nine in the morning in the shop
_CLIENT_HELLO: Final = (0x16, 0x01)  # TLS: record type and, behind its 5-byte head, handshake type
_LINK_OPEN: Final = {"link2", "link3", "link4"}


class WorldClock:
    """What the host takes for the time: that of the board on the bench, and `shift_s` seconds more."""

    def __init__(self) -> None:
        self.rig: Rig | None = None
        self.shift_s = 0

    def __call__(self) -> datetime:
        return (self.rig.board.now if self.rig else OPENING) + timedelta(seconds=self.shift_s)


class Heard(NamedTuple):
    """A request that reached the host: MTI as sent (a repeat ends in 1), DE60.3, STAN, and the board's time in ms."""

    mti: str
    function: str
    stan: int
    at_ms: int
    fields: dict[str, str]

    @property
    def what(self) -> str:
        return f"{self.mti}/{self.function}"

    @property
    def name(self) -> str:
        """The same for a request and its repeats."""
        return f"{self.mti[:3]}0/{self.function}"


class ShopHost(Host):
    """The real host; beside answering it notes each request by terminal, and does what a test wants done just then."""

    def __init__(self, folder: Path, world: WorldClock) -> None:
        """Makes the shop, with cashier and supervisor, in `folder`."""
        new_host(folder, world).close()
        settings = Settings(hold_max_s=0)  # its seconds are real ones, the board's are not
        super().__init__(f"sqlite:///{folder / 'host.sqlite'}", folder / "pki", world, settings=settings)
        self.folder = folder
        self.world = world
        self.heard: dict[str, list[Heard]] = {}
        self._orders: list[tuple[str, Callable[[], object]]] = []

    def once(self, what: str, action: Callable[[], object]) -> None:
        """`action` runs when the next request such as "0500/201" has come, before it is answered; the chip waits."""
        self._orders.append((what, action))

    def forget_orders(self) -> None:
        self._orders.clear()
        self.faults.clear()

    def alter_books(self, statement: str, *values: object) -> None:
        """Change the database behind the host's back."""
        with closing(sqlite3.connect(self.folder / "host.sqlite")) as database, database:
            database.execute(statement, values)

    async def _answer(self, content: bytes, peer: str) -> Outgoing:
        request = message.parse(content)
        now = self.world.rig.board.now_ms if self.world.rig else 0
        note = Heard(request.fields["t"], request.function, request.stan, now, dict(request.fields))
        self.heard.setdefault(request.tid, []).append(note)
        if self._orders and self._orders[0][0] == request.name:
            self._orders.pop(0)[1]()
        return await super()._answer(content, peer)


class BrokenFlash:
    """While `is_broken`, every program and erase fails and changes nothing."""

    def __init__(self) -> None:
        self.is_broken = False


class Bench(Rig):
    """A terminal in a shop of its own, and the hands and eyes of the person before it."""

    host: ShopHost

    def __init__(self, folder: Path, host: ShopHost, tid: str, seed: int = 1) -> None:
        super().__init__(folder, host, tid, seed=seed, clock=OPENING)
        host.world.rig, host.world.shift_s = self, 0
        self.player.reads = reads
        self.mid = f"1234567{tid}"
        self.hellos: list[int] = []  # when a TLS handshake began, ms
        self.events: list[str] = []  # "sent", "program journal", "erase nvs" .. in their order
        self.board.link.on_sent = self._note_sent
        self.board.flash.on_operation = self._note_flash

    def provisioned(self, language: str = LANGUAGE) -> Self:
        """Enrol shop, cashier, supervisor and terminal, and write the terminal's record into the board."""
        enrolment = self.host.enrolment
        enrolment.merchant(self.mid, "青岛路小店")
        for person in (CASHIER, SUPERVISOR):
            enrolment.operator(self.mid, person.number, person.name, person.pin, must_change=False)
        self.identity = enrolment.terminal(self.tid, self.mid, f"E32-{self.tid}")
        provision(self.board, self.identity, replace(self.site, language=language), self.board.now)
        return self

    def _note_flash(self, operation: str, start: int, _size: int) -> None:
        names = [name for name, region in self.board.regions.items() if 0 <= start - region.start < region.size]
        self.events.append(f"{operation} {names[0]}")

    def _note_sent(self, data: bytes) -> None:
        self.events.append("sent")
        if len(data) > 5 and (data[0], data[5]) == _CLIENT_HELLO:
            self.hellos.append(self.board.now_ms)

    @property
    def site(self) -> Site:
        """In the language of this run."""
        return replace(super().site, language=LANGUAGE)

    # Eyes.

    @property
    def screen(self) -> str:
        """What the panel's pixels say, without spaces and line breaks."""
        return "".join(self.board.panel.text()).replace(" ", "")

    def shows(self, words: str) -> bool:
        return reads(self.screen, words)

    @property
    def icons(self) -> list[str]:
        return read_icons(self.board.panel.pixels)

    @property
    def is_linked(self) -> bool:
        """The status row says that the way to the host is open."""
        return bool(_LINK_OPEN.intersection(self.icons))

    @property
    def heard(self) -> list[str]:
        """All requests of this terminal, as the host saw them: "0800/001" .."""
        return [note.what for note in self.host.heard.get(self.tid, [])]

    @property
    def serial(self) -> str:
        return self.board.serial.decode("utf-8", "replace")

    def expect(self, *words: str, within_s: int = 20) -> None:
        """Each of the words in turn appears on the screen."""
        for part in words:
            self.play(f"expect {part} within {within_s} s")

    # Hands.

    def press(self, *keys: str) -> None:
        self.play("press " + " ".join(keys))

    def start(self, words: str = "请签到") -> None:
        """Plug in, hold the power button, wait for the lock screen."""
        self.play("power on\npower hold 1600")
        self.expect(words)

    def start_linked(self, words: str = "请签到") -> None:
        self.start(words)
        assert self.board.run_until(lambda: self.is_linked, 20_000), "the link did not come up"

    def enter_operator(self, number: str = CASHIER.number, shift: str = "1") -> None:
        """From the lock screen to the PIN question. A person waits while the screen says that it is connecting."""
        if self.board.wifi.is_up:
            self.board.run_until(lambda: self.is_linked, 8_000)
        self.press("ENTER")
        self.expect("操作员号")
        self.press(*number, "ENTER")
        self.expect("班次")
        self.press(shift, "ENTER")
        self.expect("密码 操作员" + number)

    def sign_in(self, person: Person = CASHIER, shift: str = "1", then: str = "营业中") -> None:
        """From the lock screen to the ready screen, or to what stands there instead."""
        self.enter_operator(person.number, shift)
        self.press(*person.pin, "ENTER")
        self.expect("签到成功")
        self.press("ENTER")
        self.expect(then)

    def sell(self, digits: str, then: str = "营业中") -> None:
        """A cash sale from the ready screen and back, or to what stands there instead; `digits`: minor units."""
        self.press("1")
        self.expect("现金收款")
        self.press(*digits, "ENTER")
        self.expect("收款金额")
        self.press("ENTER")
        self.expect("收款成功")
        self.press("ENTER")
        self.expect(then)

    def uploaded(self, count: int, within_s: int = 20) -> bool:
        """Run until the host holds so many records of the current batch."""
        batch = self.journal().state["batch"]
        records = self.host.books.records
        return self.board.run_until(lambda: len(records(self.tid, batch)) == count, within_s * 1000)

    def to_totals(self, person: Person = CASHIER) -> None:
        """From the ready screen to the totals of the sign-out."""
        self.ask_sign_out()
        self.press(*person.pin, "ENTER")
        self.expect("本批合计")

    def confirm_sign_out(self) -> None:
        """From the totals to the first message of the settlement."""
        self.press("ENTER")
        self.expect("结束营业")
        self.press("ENTER")

    def ask_sign_out(self) -> None:
        """From the ready screen to the PIN question of the sign-out."""
        self.press("MENU")
        self.expect("功能菜单")
        self.press("3")
        self.expect("密码 操作员")

    def sign_out(self, person: Person = CASHIER) -> None:
        """From the ready screen to deep sleep."""
        self.to_totals(person)
        self.confirm_sign_out()
        self.expect("签退成功")
        self.play("asleep")

    def restart(self, words: str = "请签到") -> None:
        """Power gone and back again, up to the lock screen with the link open."""
        self.board.cut_power()
        self.start_linked(words)

    # What is in the flash.

    def region(self, name: str) -> bytes:
        region = self.board.regions[name]
        return self.board.flash.read(region.start, region.size)
