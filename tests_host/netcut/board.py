# SPDX-License-Identifier: MIT
"""The same day on the emulated board, with the host a process of its own that dies by SIGKILL and is started again over
its database when the terminal comes back. Places and bytes are those of a day on the board without a fault.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import signal
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest
from argon2 import PasswordHasher

from tests_host.journeys.bench import Bench, Heard, WorldClock
from tests_host.journeys.crooked import CrookedHost
from tests_host.journeys.fault_bench import quick_fingers
from tests_host.journeys.invariants import Watch
from tests_host.netcut.cases import Case, cases_of
from tests_host.netcut.day import BATCH, DAYS, PatientClerk, check_books
from tests_host.netcut.doomed_host import CLOCK, HEARD, mistake, serve
from tests_host.netcut.network import CUTS, Disturbance, Passed
from tools.host import pins
from tools.rig import HOST_ADDRESS

_TID: Final = "30000001"
_AWAY_MS: Final = 3000  # at least; what the terminal tries before that is refused
_CALM_MS: Final = 5000
_BIND_S: Final = 30
_STOPS: Final = {Disturbance(kind, 3) for kind in ("stop_before", "stop_after", "stop_idle")}


class NotReached(Exception):
    """The day went by with fewer exchanges than that of the plan."""


class FarHost(CrookedHost):
    """What a test knows of the host in another process: its database, its port, and what it has heard."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, WorldClock())
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([serve.__module__])
        self._process: Any = None
        self._seen_dead_ms = -1
        self._deaths = 0

    def launch(self, plan: tuple[int, Disturbance] | None) -> None:
        self.tell_time()
        near, far = self._context.Pipe(duplex=False)
        self._process = self._context.Process(target=serve, args=(self.folder, plan, far), daemon=True)
        self._process.start()
        far.close()
        assert near.poll(_BIND_S), "the host does not start"
        self.port = near.recv()
        self._seen_dead_ms = -1

    def tell_time(self) -> None:
        (self.folder / CLOCK).write_bytes(self.now_ms.to_bytes(8, "big"))

    @property
    def now_ms(self) -> int:
        return self.world.rig.board.now_ms if self.world.rig else 0

    @property
    def has_died(self) -> bool:
        """Whether the terminal came back to it or not."""
        return self._deaths > 0 or not self._process.is_alive()

    def revive(self) -> None:
        """The terminal dials: a host that has been dead for long enough is started again."""
        if self._process.is_alive():
            return
        assert self._process.exitcode == -signal.SIGKILL, f"the host has ended by itself: {self._process.exitcode}"
        if self._seen_dead_ms < 0:
            self._seen_dead_ms = self.now_ms
            self._deaths += 1
        elif self.now_ms - self._seen_dead_ms >= _AWAY_MS:
            self.launch(None)

    def listen(self, tid: str) -> list[Passed]:
        """Take in what it has written down."""
        lines = [json.loads(line) for line in (self.folder / HEARD).read_text().splitlines()]
        self.heard[tid] = [
            Heard(line["fields"]["t"], line["function"], line["stan"], 0, line["fields"]) for line in lines
        ]
        return [Passed(line["name"], line["up"], line["down"]) for line in lines]

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        super().close()


def live(day: str, plan: tuple[int, Disturbance] | None, seed: int) -> list[Passed]:
    """One day; AssertionError if it does not end well, NotReached if the host was not killed."""
    work = DAYS[day]
    with tempfile.TemporaryDirectory(prefix="netcut-board-") as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pins, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        host = FarHost(Path(name) / "host")
        try:
            with Bench(Path(name), host, _TID, seed) as bench:
                quick_fingers(bench)
                bench.provisioned()
                watch = Watch(bench, host)
                watch.may_sell([*work.cash, *work.orders], work.voided)
                if work.is_unbalanced:
                    mistake(host.folder)
                host.launch(plan)
                _wire(bench, host)
                _work(bench, watch, PatientClerk(bench, work, BATCH))
                passed = host.listen(_TID)
                watch.check()
                check_books(bench, host.books, work)
                if plan is not None and not host.has_died:
                    raise NotReached
                return passed
        finally:
            host.close()


def _wire(bench: Bench, host: FarHost) -> None:
    """The board's link leads to the process that there is; it is told the time before anything is sent to it."""
    link = bench.board.link
    connect, note = link.connect, link.on_sent

    def dial(number: int, address: tuple[str, int]) -> int:
        host.revive()
        link.route(HOST_ADDRESS, ("127.0.0.1", host.port))
        return connect(number, address)

    def sent(data: bytes) -> None:
        host.tell_time()
        if note is not None:
            note(data)

    wired: Any = link
    wired.connect = dial
    link.on_sent = sent


def _work(bench: Bench, watch: Watch, clerk: PatientClerk) -> None:
    bench.host.heard[_TID] = []
    watch.restart()
    clerk.work()
    assert clerk.is_home, f"the board is {bench.board.state}, the batch is open"
    if bench.board.state == "running":
        bench.board.run(_CALM_MS)


def sample(count: int, seed: int) -> list[Case]:
    """So many ways of killing the host: a third before or behind a commit, the others at a byte."""
    cases = [case for day in DAYS for case in cases_of(day, live(day, None, seed))]
    stops = [case for case in cases if case.what in _STOPS]
    cuts = [case for case in cases if case.what.kind in CUTS]
    chance = random.Random(seed)
    stops = chance.sample(stops, min(count // 3, len(stops)))
    return sorted(stops + chance.sample(cuts, min(count - len(stops), len(cuts))))


def survive(case: Case, seed: int) -> str:
    """ "" or what was wrong. A question more or less is chance: the exchange before may be the last."""
    for place in range(case.place, -1, -1):
        try:
            live(case.day, (place, case.what), seed)
        except NotReached:
            continue
        except Exception as fault:  # noqa: BLE001  whatever it is, it is a finding
            return f"{type(fault).__name__}: {fault}"
        return ""
    return "the host was not killed"
