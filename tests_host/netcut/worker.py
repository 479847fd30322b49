# SPDX-License-Identifier: MIT
"""Runs cases of one kind of day: a process lives through the day, and before each exchange forks once for each case.

The fork is the terminal and the host as they are at that moment; it lives the rest of the day with its disturbance and
says through a pipe what was wrong. Where a cut leaves both exactly as an earlier one did, whose day ended well, it says
so and ends (`is_whole`: it lives on). A day lived before makes everything warm.
"""

from __future__ import annotations

import gc
import os
import signal
import tempfile
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from tests_host.netcut.acquirer import Acquirer
from tests_host.netcut.cases import Case, cases_of
from tests_host.netcut.day import DAYS, Day
from tests_host.netcut.network import CUTS, Disturbance, Passed
from tests_host.netcut.spoil import SPOILS
from tests_host.netcut.standing import digest, terminal_of

_FAST_DISK: Final = Path("/dev/shm")
_PATIENCE_S: Final = 120  # for the rest of a day
_TAIL: Final = 12  # lines of the terminal's log

_DIGEST: Final = 32  # bytes
_FEW: Final = 30  # cases for which nothing need be warm
Tell = Callable[[Case, str], None]


class Worker:
    """`tell` hears of each case: "" or what was wrong. A context manager would not outlive the forks; call `run`."""

    def __init__(self, day: str, cases: Iterable[Case], seed: int, tell: Tell, spoil: str = "") -> None:
        self._name = day
        self._seed = seed
        self._tell = tell
        self._spoil = SPOILS[spoil]
        self._todo: dict[int, list[Case]] = defaultdict(list)
        for case in cases:
            self._todo[case.place].append(case)
        self._is_long = sum(map(len, self._todo.values())) > _FEW
        self._case: Case | None = None  # in a fork: its own
        self._pipe = -1
        self._stood: set[bytes] = set()  # digests of cases that were lived to their end, and well
        self._digest = b""
        self._terminal: Any = None
        self.is_whole = False  # live each to its end, even if it stands where another has stood
        self.lived = 0

    def run(self) -> list[Passed]:
        """The day's exchanges."""
        with tempfile.TemporaryDirectory(prefix="netcut-", dir=_FAST_DISK if _FAST_DISK.is_dir() else None) as name:
            host = Acquirer(Path(name), self._seed)
            if self._is_long:
                host.keep()
                Day(host, DAYS[self._name], self._seed).live()
                host.back()
            gc.collect()
            gc.freeze()
            self._host = host
            self._day = Day(host, DAYS[self._name], self._seed)
            self._spoil(self._day)
            self._day.shop.network.choose = self._choose
            try:
                self._day.live()
            except BaseException as fault:
                if self._case is None:
                    raise
                self._end(_words(fault, self._day))
            if self._case is not None:
                self._end("")
            for case in (case for part in self._todo.values() for case in part):
                self._tell(case, "the day has no such exchange")
            return self._day.shop.network.passed

    def _choose(self, place: int) -> Disturbance | None:
        if self._case is not None:
            return None  # one disturbance a day
        todo = self._todo.pop(place, [])
        if not todo:
            return None
        self._host.keep()
        if self._terminal is None:
            self._terminal = terminal_of(self._day.shop)
            gc.collect()
            gc.freeze()
        for case in todo:
            self._host.back()
            if self._fork(case):
                return case.what
        self._host.back()
        return None

    def _fork(self, case: Case) -> bool:
        """True in the fork; the other one waits for its end."""
        read, write = os.pipe()
        number = os.fork()
        if not number:
            os.close(read)
            gc.disable()
            signal.alarm(_PATIENCE_S)
            self._case, self._pipe = case, write
            if case.what.kind in CUTS and not self.is_whole:
                self._day.shop.network.on_let_go = self._let_go
            return True
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(number, 0)
        stood, words = said[:_DIGEST], said[_DIGEST:].decode()
        if not words and not status:
            self.lived += stood not in self._stood
            self._stood |= {stood} - {bytes(_DIGEST)}
        self._tell(case, words or (f"it does not end (status {status})" if status else ""))
        return False

    def _let_go(self) -> None:
        """In a fork: the terminal gives the connection up, once everything has come to rest."""
        shop = self._day.shop
        shop.network.on_let_go = lambda: None
        shop.loop.after(0, self._compare)

    def _compare(self) -> None:
        self._digest = digest(self._day.shop, self._terminal)
        if self._digest in self._stood:
            self._end("")

    def _end(self, words: str) -> None:
        """Of a fork."""
        with os.fdopen(self._pipe, "wb") as pipe:
            pipe.write((self._digest or bytes(_DIGEST)) + words.encode())
        os._exit(0)


def _words(fault: BaseException, day: Day) -> str:
    """What was wrong, and the end of the terminal's log."""
    if not isinstance(fault, AssertionError):
        return "".join(traceback.format_exception(fault))
    log = "\n    ".join(day.shop.device.log[-_TAIL:])
    return f"{fault}\n  at {day.shop.loop.now_ms} ms, screen {day.shop.screen}\n    {log}"


def _passed_of(day: str, seed: int) -> list[Passed]:
    return Worker(day, (), seed, lambda _case, _words: None).run()


def all_cases(seed: int) -> list[Case]:
    """Of all kinds of day."""
    return [case for day in DAYS for case in cases_of(day, _passed_of(day, seed))]
