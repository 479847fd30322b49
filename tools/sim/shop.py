# SPDX-License-Identifier: MIT
"""The shop behind the page: the acquirer host as its own process, the operators, and the terminals on the bench.

Everything that lasts lies in one folder: the host's database and keys, and a flash file for each terminal.
Whoever opens one holds the folder's Claim.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.day.failure import DayError
from tools.day.service import HostProcess
from tools.emulator import Board
from tools.host.clock import parse_clock
from tools.host.errors import HostError
from tools.host.host import Host
from tools.provision import ProvisionError, Site, provision
from tools.rig import HOST_ADDRESS, MID, new_host
from tools.setup.debian import SetupError
from tools.sim.claim import FLASH
from tools.sim.hub import GONE, Hub
from tools.sim.phone import Pay, payer_at
from tools.sim.terminal import Prepare, Terminal, TroubleError

MOST: Final = 6  # terminals on one bench
_FIRST_TID: Final = 10_000_001
_NOTICE: Final = ("欢迎", "这是练习用的主机，没有真钱。")


@dataclass(frozen=True)
class Settings:
    """How fast the boards live, what a first terminal speaks, and what time it is (empty: the computer's)."""

    pace: float = 1.0
    language: str = "zh"
    clock: str = ""


@dataclass(frozen=True)
class Renewal:
    """What becomes of a board: provisioned or bare, and whether the serial line may press its keys."""

    language: str
    is_provisioned: bool = True
    is_bench: bool = False


class Shop:
    """`open` before anything else; it takes a few seconds the first time."""

    def __init__(self, folder: Path, hub: Hub, settings: Settings) -> None:
        self.folder = folder
        self._hub = hub
        self._settings = settings
        self.clock = parse_clock(settings.clock)
        self._process: HostProcess | None = None
        self._port = 0
        self.host: Host | None = None
        self.terminals: dict[str, Terminal] = {}
        self.pay: Pay | None = None  # what the customer's phone does with a code, once the host is open

    def open(self) -> None:
        """Start the host, and every terminal whose flash is here; the first time, make them."""
        try:
            self._step("host")
            self.host = self._open_host()
            self.pay = payer_at(self.host)
            self._step("serve")
            self._process = HostProcess(self.folder, self._settings.clock)
            self._process.__enter__()
            self._port = self._process.wait_ready()
            known = sorted(path.stem for path in self.folder.glob("*" + FLASH))
            for tid in known:
                self._known(tid).post(lambda tid=tid: self._start(tid)).result()  # type: ignore[misc]
            if not known:
                self.add(self._settings.language)
            self._step("")
        except (DayError, HostError, SetupError, OSError) as fault:
            self._hub.tell("progress", step="failed", text=str(fault))

    def close(self) -> None:
        for terminal in self.terminals.values():
            terminal.close()
        if self._process is not None:
            self._process.__exit__(None, None, None)
        if self.host is not None:
            self.host.close()

    def terminal(self, tid: str) -> Terminal:
        if tid not in self.terminals:
            raise TroubleError("unknown", f"there is no terminal {tid}")
        return self.terminals[tid]

    def add(self, language: str) -> None:
        """One more terminal, enrolled and provisioned."""
        host = self._host
        if len(self.terminals) >= MOST:
            raise TroubleError("most", f"{MOST} terminals are the most")
        taken = [int(row.tid) for row in host.books.terminals()]
        tid = str(max([_FIRST_TID - 1, *taken]) + 1)
        self._known(tid).post(lambda: self._make(tid, Renewal(language))).result()

    def renew(self, tid: str, order: Renewal) -> None:
        """A terminal as it comes from the factory, enrolled and provisioned again if wished. Its own thread does it."""
        self.terminal(tid).post(lambda: self._make(tid, order))

    def remove(self, tid: str) -> None:
        """Take a terminal off the bench, its flash with it; the host's books keep what it did."""
        terminal = self.terminal(tid)
        if len(self.terminals) == 1:
            raise TroubleError("last", "one terminal stays on the bench")
        del self.terminals[tid]
        terminal.close()
        terminal.flash.unlink(missing_ok=True)
        self._hub.tell(GONE, tid)

    def stamp(self) -> list[float]:
        """Changes when somebody has written to the host's database."""
        files = [self.folder / f"host.sqlite{suffix}" for suffix in ("", "-wal")]
        return [number for path in files if path.exists() for number in (path.stat().st_mtime_ns, path.stat().st_size)]

    # In the terminal's thread.

    def _start(self, tid: str) -> None:
        self._step("start", tid)
        try:
            self.terminals[tid].start(self._port)
        finally:
            self._step("", tid)

    def _make(self, tid: str, order: Renewal) -> None:
        try:
            self._step("flash", tid)
            self.terminals[tid].reflash(self._port, self._provisioner(tid, order) if order.is_provisioned else None)
        except (HostError, ProvisionError) as fault:
            raise TroubleError("provision", str(fault)) from None
        finally:
            self._step("", tid)

    def _provisioner(self, tid: str, order: Renewal) -> Prepare:
        host = self._host

        def prepare(board: Board) -> None:
            self._step("provision", tid)
            is_known = any(row.tid == tid for row in host.books.terminals())
            identity = host.enrolment.terminal(tid, MID, f"E32-{tid}", is_renewed=is_known)
            site = Site(board.wifi.ssid, board.wifi.psk, *HOST_ADDRESS, language=order.language, bench=order.is_bench)
            provision(board, identity, site, board.now)
            self._step("start", tid)

        return prepare

    @property
    def _host(self) -> Host:
        if self.host is None:
            raise TroubleError("early", "the host is not ready yet")
        return self.host

    def _known(self, tid: str) -> Terminal:
        self.terminals[tid] = Terminal(tid, self.folder / f"{tid}{FLASH}", self._hub, self.clock, self._settings.pace)
        return self.terminals[tid]

    def _open_host(self) -> Host:
        if (self.folder / "host.sqlite").exists():
            return Host(f"sqlite:///{self.folder / 'host.sqlite'}", self.folder / "pki", self.clock)
        # Made elsewhere and moved here with the database last, so that a set-up that was interrupted starts over.
        work = self.folder / "new-host"
        shutil.rmtree(work, ignore_errors=True)
        with closing(new_host(work, self.clock)) as host:
            host.enrolment.notice(*_NOTICE)
        shutil.rmtree(self.folder / "pki", ignore_errors=True)
        (work / "pki").rename(self.folder / "pki")
        (work / "host.sqlite").rename(self.folder / "host.sqlite")
        work.rmdir()
        return self._open_host()

    def _step(self, step: str, tid: str = "") -> None:
        self._hub.tell("progress", tid, step=step)
