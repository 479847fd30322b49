# SPDX-License-Identifier: MIT
"""Held answers: each waits until its order is open no more or its time is over; no worker and no other terminal waits.

One task looks at the orders of all held answers together, at once when a payment of this process nudges it, else
often enough to notice those of other processes. Belongs to the server's event loop.
"""

import asyncio
import contextlib
import logging
from concurrent.futures import Executor

from sqlalchemy.exc import SQLAlchemyError

from tools.host import orders
from tools.host.db import Database

_log = logging.getLogger("qiandao.host")


class Watch:
    """Made within a running event loop."""

    def __init__(self, db: Database, workers: Executor, every_s: float) -> None:
        self._db = db
        self._workers = workers
        self._every_s = every_s
        self._loop = asyncio.get_running_loop()
        self._nudged = asyncio.Event()
        self._waiting: dict[asyncio.Event, int] = {}
        self._task: asyncio.Task[None] | None = None

    def nudge(self) -> None:
        """Look at once; from any thread, also when the loop has ended."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._nudged.set)

    async def wait(self, order_id: int, seconds: float) -> None:
        """Until the order is open no more, at most so long."""
        ended = asyncio.Event()
        self._waiting[ended] = order_id
        self._nudged.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                await ended.wait()
        except TimeoutError:
            pass
        finally:
            del self._waiting[ended]

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        """While anybody waits."""
        while self._waiting:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._nudged.wait()
            self._nudged.clear()
            numbers = set(self._waiting.values())
            try:
                is_open = await self._loop.run_in_executor(self._workers, self._still_open, numbers)
            except SQLAlchemyError as error:
                _log.error("watching orders: database: %s", type(error).__name__)
                continue
            for ended, number in self._waiting.items():
                if number in numbers - is_open:
                    ended.set()

    def _still_open(self, numbers: set[int]) -> set[int]:
        with self._db.reading() as session:
            return orders.still_open(session, numbers)
