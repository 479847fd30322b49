# SPDX-License-Identifier: MIT
"""Runs the page: binds a loopback port, serves, keeps the host's view fresh, and ends everything at Ctrl-C.

Invariant: nothing outlives it: host, interpreters and threads have ended when `serve` returns.
"""

import asyncio
import ipaddress
import secrets
import socket
import time
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from tools.host.books import Books
from tools.sim import ledger
from tools.sim.claim import Claim
from tools.sim.hub import Hub
from tools.sim.shop import Settings, Shop
from tools.sim.web import make_app

DEFAULT_PORT: Final = 8580
_TICK_S: Final = 0.5
_BOOKS_S: Final = 20
_SETTLE_S: Final = 0.3  # from the start to the browser
_MESSAGE_MOST: Final = 4096  # bytes from a page


class AddressError(Exception):
    """The page cannot be served there; the text says why."""


@dataclass(frozen=True)
class Wishes:
    """How to serve: port 0 takes any, None the default or, if that is taken, any."""

    folder: Path
    address: str = "127.0.0.1"
    port: int | None = None
    is_new: bool = False
    has_browser: bool = True
    settings: Settings = Settings()


def _check_address(address: str) -> None:
    try:
        is_own = ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise AddressError(f"'{address}' is not an IP address; 127.0.0.1 and ::1 can be used") from None
    if not is_own:
        raise AddressError(f"{address} can be reached from other computers; the page is served on 127.0.0.1 or ::1")


def bind(address: str, port: int | None) -> socket.socket:
    """A listening socket; AddressError when the port asked for is taken."""
    _check_address(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    wanted = [DEFAULT_PORT, 0] if port is None else [port]
    for number in wanted:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((address, number))
            listening.listen()
        except OSError as fault:
            listening.close()
            reason = fault.strerror
            continue
        return listening
    raise AddressError(f"port {port} of {address} cannot be used ({reason}); leave --port out for a free one")


def url_of(listening: socket.socket) -> str:
    address, port = listening.getsockname()[:2]
    return f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"


class _Work:
    """What goes on beside the server."""

    def __init__(self, shop: Shop, hub: Hub) -> None:
        self._shop = shop
        self._hub = hub
        self._stamp: tuple[float, ...] = ()

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        opening = asyncio.create_task(asyncio.to_thread(self._shop.open))
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            await opening
            await asyncio.to_thread(self._shop.close)

    async def _watch(self) -> None:
        """While someone looks: what the light's rhythm is by now, and what is new in the books."""
        while True:
            await asyncio.sleep(_TICK_S)
            if self._hub.has_pages and self._shop.host is not None:
                for terminal in list(self._shop.terminals.values()):
                    terminal.look_soon()
                    await asyncio.to_thread(terminal.read_soon)
                await asyncio.to_thread(self._read_books, self._shop.host.books)

    def _read_books(self, books: Books) -> None:
        """Only when the database has been written to, or a lock may have run out."""
        stamp = (*self._shop.stamp(), time.monotonic() // _BOOKS_S)
        if stamp != self._stamp:
            with suppress(SQLAlchemyError):  # busy for too long: next time
                self._hub.tell("host", **ledger.read(books, self._shop.clock()))
                self._stamp = stamp


async def _serve(wishes: Wishes, listening: socket.socket, url: str) -> None:
    loop = asyncio.get_running_loop()
    hub = Hub(loop)
    shop = Shop(wishes.folder, hub, wishes.settings)
    lifespan = _Work(shop, hub).lifespan
    config = uvicorn.Config(
        make_app(shop, hub, listening.getsockname()[1], secrets.token_hex(8), lifespan),
        log_level="error",
        access_log=False,
        lifespan="on",
        ws_max_size=_MESSAGE_MOST,
        timeout_graceful_shutdown=2,
        proxy_headers=False,
        server_header=False,
    )
    if wishes.has_browser:
        loop.call_later(_SETTLE_S, lambda: loop.run_in_executor(None, webbrowser.open, url))
    await uvicorn.Server(config).serve([listening])


def serve(wishes: Wishes, say: Callable[[str], None]) -> None:
    """Until Ctrl-C or SIGTERM. AddressError or BusyError when it cannot begin; `say` is told the address."""
    with closing(bind(wishes.address, wishes.port)) as listening:
        url = url_of(listening)
        claim = Claim(wishes.folder, url)
        try:
            if wishes.is_new:
                claim.clear()
            say(url)
            with suppress(KeyboardInterrupt):
                asyncio.run(_serve(wishes, listening, url))
        finally:
            claim.release()
