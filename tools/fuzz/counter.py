# SPDX-License-Identifier: MIT
"""A counter with a terminal and its host, and this process as the network between them: every frame passes here.

The terminal is the firmware's files on MicroPython, the host is the real one; a `Wire` between them may alter, drop,
repeat or replace what passes. Both ends can be put back to where they were.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from tools.fuzz.acquirer import TID, Acquirer, name_of
from tools.fuzz.device import Device

_REGION_BYTES: Final = 8 * 4096
_HEAP: Final = 4  # all flows stay loaded; what they may use is measured elsewhere
_COUNTERS: Final = ("attempts", "stan_limit", "clock")  # of the state: what a mere attempt may use up


@dataclass(frozen=True)
class Exchange:
    """One request as it left the terminal and what came back for it."""

    name: str
    request: bytes
    response: bytes


Wire = Callable[[bytes], "bytes | None"]
"""What arrives at the terminal for a request that has left it; None: the connection ends."""


@dataclass
class Done:
    """How a command ended: "" or the code of its fault; what the terminal knows now."""

    fault: str
    is_signed: bool
    knows: dict[str, Any]

    @property
    def steady(self) -> dict[str, Any]:
        """What an attempt that failed must leave as it was."""
        kept = {name: value for name, value in self.knows["state"].items() if name not in _COUNTERS}
        return {**self.knows, "state": kept, "operator": ""}

    @property
    def is_signed_in(self) -> bool:
        return bool(self.knows["keys"][0])


@dataclass
class Counter:
    """A context manager; the wire is a plain one until `wire` is set."""

    acquirer: Acquirer
    wire: Wire | None = None
    passed: list[Exchange] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._region = self.acquirer.folder / "journal"
        self._region.write_bytes(b"\xff" * _REGION_BYTES)
        order = {**self.acquirer.order(), "region": "/work/journal"}
        self._device = Device("shift", order, self.acquirer.folder, _HEAP)
        self.last = self._until_done()
        return self

    def __exit__(self, *_error: object) -> None:
        self._device.__exit__()

    def host(self, request: bytes) -> bytes | None:
        """The plain wire."""
        return b"".join(self.acquirer.deliver(request)) or None

    def do(self, name: str, **arguments: int) -> Done:
        self._device.send(f"{name} {json.dumps(arguments)}")
        self.last = self._until_done()
        return self.last

    def _until_done(self) -> Done:
        said: list[str] = []
        while True:
            line = self._device.read()
            kind, _, rest = line.partition(" ")
            if kind == "=":
                facts = json.loads(rest)
                if facts["fault"].startswith("!"):
                    raise AssertionError("\n".join((*said, facts["fault"])))
                return Done(facts["fault"], facts["signed"], facts["knows"])
            if kind == ">":
                request = bytes.fromhex(json.loads(rest)["hex"])
                response = (self.wire or self.host)(request)
                self.passed.append(Exchange(name_of(request), request, response or b""))
                self._device.send("x" if response is None else "< " + response.hex())
            else:
                said.append(line)

    # Where both ends stand.

    def _kept(self, slot: int) -> Path:
        return self.acquirer.folder / f"journal.{slot}"

    def save(self, slot: int = 0) -> None:
        self.do("save", slot=slot)
        shutil.copy(self._region, self._kept(slot))
        self.acquirer.save(f"saved.{slot}")

    def back(self, slot: int = 0) -> Done:
        shutil.copy(self._kept(slot), self._region)
        self.acquirer.back(f"saved.{slot}")
        return self.do("back", slot=slot)

    def tak(self, number: int) -> bytes:
        """The MAC key of set 00 or of the terminal's present set."""
        return bytes.fromhex(self.last.knows["keys"][1]) if number else self.acquirer.identity.tak0


def work(counter: Counter, name: str, **arguments: int) -> None:
    """A command that must succeed."""
    done = counter.do(name, **arguments)
    if done.fault:
        raise AssertionError(f"{name}: {done.fault}")


def whole_shift(counter: Counter, on_signed_in: Callable[[], object] = lambda: None) -> list[Exchange]:
    """All messages there are: a shift whose books agree, and one whose details the host has to ask for."""
    counter.acquirer.enrolment.notice("停电通知", "明晚十点停电。")
    for is_balanced in (True, False):
        work(counter, "start")
        for name in ("status", "sign_in", "status", "notice"):
            work(counter, name)
        on_signed_in()
        for amount in (1230, 999, 5_000_000):
            work(counter, "sell", amount=amount)
        work(counter, "upload")
        if not is_balanced:
            counter.acquirer.alter("UPDATE transactions SET amount_minor = 1 WHERE tid = ? AND amount_minor = 999", TID)
        work(counter, "settle")
        work(counter, "sign_out")
    return counter.passed
