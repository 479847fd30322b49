# SPDX-License-Identifier: MIT
"""The real host in this process: its frame reader, its exchanges and its database in a file, without sockets and TLS.

It can be stopped before and after a commit, and then is made anew over the same file. Its clock is the terminal's.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from argon2 import PasswordHasher
from psec import tr31

from tests_host.journeys.bench import OPENING, Heard
from tools.host import message, outgoing, pins, setup
from tools.host.books import Books
from tools.host.db import Database, file_url
from tools.host.enrol import Enrolment
from tools.host.exchange import Exchanges
from tools.host.faults import CrashError, Fault
from tools.host.phone import Phone
from tools.host.server import FrameError, Outgoing, Server
from tools.host.settings import Settings
from tools.host.vault import Vault
from tools.rig import CASHIER, MID, SUPERVISOR

TID: Final = "10000001"
_LENGTH: Final = 2  # bytes of a frame before its content
_MISTAKEN: Final = "UPDATE transactions SET amount_minor = amount_minor - 1 WHERE tid = ? AND kind = '30'"


class _Wire:
    """A connection that brings these bytes and then ends, and what the server writes to it."""

    def __init__(self, data: bytes) -> None:
        reader = asyncio.StreamReader(limit=1 << 16)
        reader.feed_data(data)
        reader.feed_eof()
        self.readexactly = reader.readexactly
        self.frames: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.frames.append(data)

    async def drain(self) -> None:
        pass


class Acquirer:
    """One shop with cashier, supervisor and terminal. `is_mistaken`: its books differ at the settlement."""

    def __init__(self, folder: Path, seed: int) -> None:
        pins.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        logging.getLogger("qiandao.host").setLevel(logging.CRITICAL)
        self.file = folder / "host.sqlite"
        self._kept = folder / "kept.sqlite"
        self._pki = folder / "pki"
        padding: Any = tr31
        padding._urandom = self._key  # of key blocks
        self.now_ms: Callable[[], int] = lambda: 0  # of the world, since it opened
        self._seed = seed
        self._drawn = 0
        self.heard: dict[str, list[Heard]] = {}
        self.secrets: dict[str, set[bytes]] = {}
        self.is_mistaken = False
        self._fault: Fault | None = None
        self.has_stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_pid = 0
        setup.create(file_url(self.file), self._pki)
        self.start()
        self.enrolment.merchant(MID, "青岛路小店")
        for person in (CASHIER, SUPERVISOR):
            self.enrolment.operator(MID, person.number, person.name, person.pin, must_change=False)
        self.identity = self.enrolment.terminal(TID, MID, f"E32-{TID}")

    def begin(self, now_ms: Callable[[], int], is_mistaken: bool) -> None:
        """A new day, in which nothing has been heard yet."""
        self.now_ms, self.is_mistaken = now_ms, is_mistaken
        self.heard.clear()
        self._drawn = 1000

    def _clock(self) -> datetime:
        return OPENING + timedelta(milliseconds=self.now_ms())

    def _key(self, size: int) -> bytes:
        """A sequence, so that a run is the same every time."""
        self._drawn += 1
        return hashlib.shake_128(b"host %d %d" % (self._seed, self._drawn)).digest(size)

    def start(self) -> None:
        """A process of the host begins: everything that it knows is in the database."""
        self._db = Database(file_url(self.file))
        self._db.check()
        vault = Vault.open(self._pki, self._key)
        settings = Settings(hold_max_s=0)
        self.books = Books(self._db)
        self.enrolment = Enrolment(self._db, vault, self._pki, self._clock)
        self.phone = Phone(self._db, self._clock, lambda: None)
        self._exchanges = Exchanges(self._db, vault, settings, self._clock)
        self._server = Server(self._pki, settings, self._answer)
        self.has_stopped = False

    def stop(self) -> None:
        self._db.close()
        self.has_stopped = True

    # For a fork: nothing of the database may be open in two processes.

    def keep(self) -> None:
        """What the database is now, for `back`."""
        self._db.close()
        shutil.copy(self.file, self._kept)

    def back(self) -> None:
        self._db.close()
        for end in ("-wal", "-shm"):
            Path(f"{self.file}{end}").unlink(missing_ok=True)
        shutil.copy(self._kept, self.file)

    # Bytes in, bytes out.

    def deliver(self, data: bytes, fault: Fault | None = None) -> list[bytes]:
        """Frames that come back for bytes that arrive on a connection, which then ends. `fault` stops the host."""
        if self._loop is None or self._loop_pid != os.getpid():
            self._loop, self._loop_pid = asyncio.new_event_loop(), os.getpid()
        self._fault = fault
        return self._loop.run_until_complete(self._serve(data))

    async def _serve(self, data: bytes) -> list[bytes]:
        wire: Any = _Wire(data)
        with suppress(FrameError, message.UnanswerableError, EOFError):  # what the server takes for the end of it
            await self._server._serve(wire, TID)
        return list(wire.frames)

    async def _answer(self, content: bytes, peer: str) -> Outgoing:
        request = message.parse(content)
        fault, self._fault = self._fault, None
        note = Heard(request.fields["t"], request.function, request.stan, self.now_ms(), dict(request.fields))
        self.heard.setdefault(request.tid, []).append(note)
        if self.is_mistaken and request.name == "0500/201":
            self.is_mistaken = False
            lose_cents(self.file, request.tid)
        try:
            return outgoing.make(request, self._exchanges.answer(request, peer, fault), None)
        except CrashError:
            self.stop()
            return Outgoing(is_closing=True)


def lose_cents(file: Path, tid: str) -> None:
    """A cent of each cash sale gets lost behind the host's back."""
    with closing(sqlite3.connect(file, timeout=5)) as books, books:
        books.execute(_MISTAKEN, (tid,))


def name_of(frame: bytes) -> str:
    """Such as "0800/001" or, of orders, "order"; "?" where it cannot be told."""
    try:
        request = message.parse(frame[_LENGTH:])
    except ValueError:
        return "?"
    return f"{request.name} {request.alias}".strip()
