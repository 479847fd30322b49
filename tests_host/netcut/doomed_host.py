# SPDX-License-Identifier: MIT
"""The real host as a process of its own that is killed by SIGKILL at one place: in the middle of a request, before or
after its commit, in the middle of an answer, or behind one. The hooks for that are here, none is in the host.

What it hears it writes down at once, since nothing else outlives it. Its clock is the board's, from a file.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import ssl
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from argon2 import PasswordHasher

from tests_host.journeys.bench import OPENING
from tests_host.netcut.acquirer import lose_cents, name_of
from tests_host.netcut.network import Disturbance
from tools.host import exchange, message, pins, server
from tools.host.faults import Fault, Kind
from tools.host.host import Host
from tools.host.server import Outgoing
from tools.host.settings import Settings

CLOCK: Final = "now"  # files of the folder
HEARD: Final = "heard.jsonl"
_MISTAKEN: Final = "mistaken"  # is there when the books are to be spoilt at the settlement, once
_LENGTH: Final = 2
_REAL_CONTEXT: Final = server.make_context


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()  # no instruction of the host follows


class _Death(Exception):
    """Raised where the host's own fault plan would have it crash."""

    def __init__(self) -> None:
        super().__init__()
        _die()


def _context_of_the_chip(directory: Path) -> ssl.SSLContext:
    """TLS 1.2, which is what the ESP32's port speaks."""
    context = _REAL_CONTEXT(directory)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


class DoomedHost(Host):
    """`plan` is the place among the requests that it hears, and what happens there; None: it lives on."""

    def __init__(self, folder: Path, plan: tuple[int, Disturbance] | None) -> None:
        super().__init__(
            f"sqlite:///{folder / 'host.sqlite'}", folder / "pki", self._clock, settings=Settings(hold_max_s=0)
        )
        self._folder = folder
        self._place, self._what = plan or (-1, Disturbance("", 0))
        self._read = self._answered = 0
        self._is_over = False  # what is sent now is the last thing
        self._plain_read = self._server._read_frame
        self._plain_send = self._server._send
        patched: Any = self._server
        patched._read_frame, patched._send = self._read_frame, self._send

    def _clock(self) -> datetime:
        return OPENING + timedelta(milliseconds=int.from_bytes((self._folder / CLOCK).read_bytes(), "big"))

    async def _read_frame(self, stream: Any) -> bytes:
        if self._read != self._place or self._what.kind != "up":
            content = await self._plain_read(stream)
            self._read += 1
            return content
        got = await stream.readexactly(1)
        if self._what.at > 1:
            got += await stream.readexactly(1)
            size = min(self._what.at - len(got), int.from_bytes(got, "big"))
            await stream.readexactly(size)
        _die()
        raise AssertionError

    async def _answer(self, content: bytes, peer: str) -> Outgoing:
        place, self._answered = self._answered, self._answered + 1
        request = message.parse(content)
        if request.name == "0500/201" and (mark := self._folder / _MISTAKEN).exists():
            mark.unlink()
            lose_cents(self._folder / "host.sqlite", request.tid)
        kind = self._what.kind if place == self._place else ""
        if kind in ("stop_before", "stop_after"):
            self._note(request, content, b"")
            self.faults.add("*", Fault(Kind.CRASH_BEFORE if kind == "stop_before" else Kind.CRASH_AFTER))
        outgoing = await super()._answer(content, peer)
        frame = b"".join(outgoing.frames)
        self._note(request, content, frame)
        if kind in ("down", "stop_idle"):
            self._is_over = True
            return Outgoing([frame[: self._what.at] if kind == "down" else frame])
        return outgoing

    async def _send(self, stream: Any, outgoing: Outgoing) -> bool:
        goes_on = await self._plain_send(stream, outgoing)
        if self._is_over:
            _die()
        return goes_on

    def _note(self, request: message.Request, content: bytes, frame: bytes) -> None:
        up = len(content) + _LENGTH
        name = name_of(len(content).to_bytes(_LENGTH, "big") + content)
        note = {"name": name, "function": request.function, "stan": request.stan, "fields": dict(request.fields)}
        line = json.dumps({**note, "up": up, "down": len(frame)})
        with (self._folder / HEARD).open("a") as file:
            file.write(line + "\n")


def mistake(folder: Path) -> None:
    """The books of this host will differ from the terminal's at the settlement."""
    (folder / _MISTAKEN).touch()


def serve(folder: Path, plan: tuple[int, Disturbance] | None, bound: Any) -> None:
    """The process; the port goes into the pipe."""
    logging.getLogger("qiandao.host").setLevel(logging.CRITICAL)
    pins.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    changed: Any = exchange
    changed.CrashError = _Death
    server.make_context = _context_of_the_chip
    host = DoomedHost(folder, plan)
    bound.send(host.start())
    bound.close()
    signal.pause()
