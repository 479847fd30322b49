# SPDX-License-Identifier: MIT
"""The acquirer host as one object: database, keys, server, in a thread with its own event loop.

The composition root of `tools.host`. Invariant: `start` returns when the port is bound, `stop` when every connection
has ended.
"""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.host import message, outgoing
from tools.host.books import Books
from tools.host.clock import Clock, system_clock
from tools.host.db import Database
from tools.host.enrol import Enrolment
from tools.host.errors import HostError
from tools.host.exchange import Exchanges
from tools.host.faults import CrashError, FaultPlan
from tools.host.handlers.base import Wait
from tools.host.phone import Phone
from tools.host.server import Outgoing, Server
from tools.host.settings import Settings
from tools.host.setup import check_directory
from tools.host.vault import KeySource, Vault
from tools.host.watch import Watch


class Host:
    """One host process: `enrolment` enters terminals and operators, `books` reads, `phone` is the simulated customer,
    `faults` are for tests.
    """

    def __init__(
        self,
        db_url: str,
        pki_dir: Path,
        clock: Clock = system_clock,
        faults: FaultPlan | None = None,
        settings: Settings | None = None,
        key_source: KeySource | None = None,
    ) -> None:
        check_directory(pki_dir)
        self.settings = settings or Settings()
        self.faults = faults or FaultPlan()
        self._db = Database(db_url)
        self._db.check()
        vault = Vault.open(pki_dir, key_source) if key_source else Vault.open(pki_dir)
        self.books = Books(self._db)
        self.enrolment = Enrolment(self._db, vault, pki_dir, clock)
        self._exchanges = Exchanges(self._db, vault, self.settings, clock)
        self._server = Server(pki_dir, self.settings, self._answer)
        self._workers = ThreadPoolExecutor(self.settings.workers, "qiandao-host")
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._watch: Watch | None = None
        self.phone = Phone(self._db, clock, self._nudge)
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, port: int = 0, address: str = "127.0.0.1") -> int:
        """Serve in a thread; the port bound (0 asks for a free one)."""
        bound: Future[int] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(port, address, bound)), name="qiandao-host", daemon=True
        )
        self._thread.start()
        self.port = bound.result()
        return self.port

    def stop(self) -> None:
        """End every connection and the thread. The host can be started again."""
        if self._thread is None:
            return
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def close(self) -> None:
        """Stop, and let go of the database."""
        self.phone.close()
        self.stop()
        self._workers.shutdown()
        self._db.close()

    def prune(self) -> int:
        """Forget stored responses past their end of life, as a running host does every hour; how many."""
        return self._exchanges.prune()

    def _nudge(self) -> None:
        """An order is open no more."""
        if self._watch is not None:
            self._watch.nudge()

    async def _serve(self, port: int, address: str, bound: "Future[int]") -> None:
        """Serve until stopped; what hinders it is told to `bound`."""
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._watch = Watch(self._db, self._workers, self.settings.watch_s)
        try:
            actual = await self._server.start(address, port)
        except (OSError, HostError) as error:
            bound.set_exception(error)
            return
        pruning = asyncio.create_task(self._prune())
        bound.set_result(actual)
        try:
            await self._stopping.wait()
        finally:
            pruning.cancel()
            self._watch.stop()
            await self._server.stop()

    async def _prune(self) -> None:
        while True:
            await asyncio.get_running_loop().run_in_executor(self._workers, self.prune)
            await asyncio.sleep(self.settings.prune_s)

    async def _answer(self, content: bytes, peer: str) -> Outgoing:
        request = message.parse(content)
        fault = self.faults.take(request.tid, request.name, request.alias)
        if outgoing.is_lost(fault):
            return Outgoing()
        loop = asyncio.get_running_loop()
        try:
            reply = await loop.run_in_executor(self._workers, self._exchanges.begin, request, peer, fault)
            if isinstance(reply, Wait):
                if self._watch is not None:
                    await self._watch.wait(reply.order_id, reply.seconds)
                reply = await loop.run_in_executor(self._workers, self._exchanges.answer, request, peer, fault)
        except CrashError:
            return Outgoing(is_closing=True)
        return outgoing.make(request, reply, fault)
