# SPDX-License-Identifier: MIT
"""The real host in this process, without sockets and TLS: frames in, frames out, through the server's own reader.

Its clock stands still at the terminal's and its keys are a sequence, so that a run is the same every time. The database
is a file in a temporary folder, and can be put back to where it was.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from argon2 import PasswordHasher

from tools.host import crypto, message, outgoing, pins, setup
from tools.host.books import Books
from tools.host.bundle import TerminalIdentity
from tools.host.db import Database, file_url
from tools.host.enrol import Enrolment, TerminalKeys
from tools.host.exchange import Exchanges
from tools.host.server import FrameError, Outgoing, Server
from tools.host.settings import Settings
from tools.host.vault import Vault

NOW: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
TID: Final = "10000001"
MID: Final = "123456789012345"
HEAD: Final = 7  # bytes of a frame before its message: length and TPDU
_FAST_DISK: Final = Path("/dev/shm")


def _keys() -> Callable[[int], bytes]:
    """A sequence of keys, none weak and none like another."""
    count = [0]

    def next_key(size: int) -> bytes:
        count[0] += 1
        return hashlib.sha256(b"fuzz %d" % count[0]).digest()[:size]

    return next_key


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


def new_folder() -> Path:
    """A temporary folder, in memory where the machine has such a place."""
    return Path(tempfile.mkdtemp(prefix="fuzz-", dir=_FAST_DISK if _FAST_DISK.is_dir() else None))


class Acquirer:
    """One shop with one operator and one terminal. A context manager."""

    def __init__(self) -> None:
        pins.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        logging.getLogger("qiandao.host").setLevel(logging.CRITICAL)
        self.folder = new_folder()
        self.file = self.folder / "host.sqlite"
        pki = self.folder / "pki"
        setup.create(file_url(self.file), pki)
        source = _keys()
        vault = Vault.open(pki, source)
        self._db = Database(file_url(self.file))
        self.books = Books(self._db)
        self.enrolment = Enrolment(self._db, vault, pki, lambda: NOW)
        self.enrolment.merchant(MID, "青岛路小店")
        self.enrolment.operator(MID, "001", "张伟", "246810", must_change=False)
        keys = TerminalKeys(source(16), source(16), source(16))
        self.identity: TerminalIdentity = self.enrolment.terminal(TID, MID, "E32-0001", keys=keys)
        settings = Settings()
        self.exchanges = Exchanges(self._db, vault, settings, lambda: NOW)
        self._server = Server(pki, settings, self._answer)
        self._loop = asyncio.new_event_loop()
        self._watch = sqlite3.connect(self.file, isolation_level=None)
        self._watch.execute("PRAGMA cache_size=0")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._watch.close()
        self._loop.close()
        self._db.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _answer(self, content: bytes, peer: str) -> Outgoing:
        request = message.parse(content)
        return outgoing.make(request, self.exchanges.answer(request, peer), None)

    def deliver(self, data: bytes, peer: str = TID) -> list[bytes]:
        """Frames that come back for bytes that arrive on a connection of its own, which then ends."""
        return self._loop.run_until_complete(self._serve(data, peer))

    async def _serve(self, data: bytes, peer: str) -> list[bytes]:
        wire: Any = _Wire(data)
        with suppress(FrameError, message.UnanswerableError, EOFError):  # what the server takes for the end of it
            await self._server._serve(wire, peer)
        return list(wire.frames)

    # The books from outside.

    def version(self) -> int:
        """Differs from what it was as soon as anything has been committed."""
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def dump(self) -> list[str]:
        with closing(sqlite3.connect(self.file)) as books:
            return list(books.iterdump())

    def save(self, name: str = "saved") -> None:
        with closing(sqlite3.connect(self.folder / name)) as kept:
            self._watch.backup(kept)

    def back(self, name: str = "saved") -> None:
        with closing(sqlite3.connect(self.folder / name)) as kept:
            kept.backup(self._watch)

    def alter(self, statement: str, *values: object) -> None:
        self._watch.execute(statement, values)

    def order(self) -> dict[str, Any]:
        """What the terminal is provisioned with."""
        identity = self.identity
        crt = (identity.client_certificate, identity.client_key, identity.ca_certificate)
        return {
            "cfg": {
                **{"tid": TID, "mid": MID, "serial": identity.serial, "profile": "headless", "ssid": "shop"},
                **{"address": "192.168.4.10", "port": 8583, "server": identity.server_name},
                "support": identity.support,
            },
            "crt": [part.hex() for part in crt],
            "keys": [key.hex() for key in (identity.tmk, identity.tak0, identity.tpk0)],
        }


def is_signed(packed: bytes, key: bytes) -> bool:
    """Do the last eight bytes of a message hold its MAC? Reads nothing else of it."""
    return len(packed) > 8 and crypto.cmac(key, packed[:-8])[:8] == packed[-8:]


def resealed(packed: bytes, key: bytes) -> bytes:
    """The message with its last eight bytes replaced by a good MAC."""
    return packed[:-8] + crypto.cmac(key, packed[:-8])[:8]


def framed(tpdu: bytes, packed: bytes) -> bytes:
    return (len(tpdu) + len(packed)).to_bytes(2, "big") + tpdu + packed


def name_of(frame: bytes) -> str:
    """Such as "0800/001"; "" where it cannot be told."""
    try:
        return message.parse(frame[2:]).name
    except ValueError:
        return ""
