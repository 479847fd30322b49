# SPDX-License-Identifier: MIT
"""The web side: the page's files and its socket, for this computer's own browser only.

Invariant: a request whose Host is not this server's own loopback address gets nothing (DNS rebinding), and a socket is
opened for our own page only (its Origin).
"""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from tools.sim.hub import Hub, Outbox
from tools.sim.orders import Orders
from tools.sim.shop import Shop

PAGE: Final = Path(__file__).parent / "page"
_FOREIGN: Final = 4403  # close code
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def own_names(port: int) -> frozenset[str]:
    """What the Host header of our own page may be."""
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))


class Guard:
    """Lets through what was asked of this server by its own name, and by its own page."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        is_own = headers.get("host", "") in self._names
        if scope["type"] == "websocket":
            is_own = is_own and headers.get("origin", "").removeprefix("http://") == headers["host"]
            if not is_own:
                await send({"type": "websocket.close", "code": _FOREIGN})
                return
        elif not is_own:
            answer = PlainTextResponse("This page is for this computer's own browser: open the address shown.\n", 403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, self._with_headers(send))

    @staticmethod
    def _with_headers(send: Send) -> Send:
        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                fresh = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *fresh]
            await send(message)

        return sender


class Line:
    """The socket of each page: what is known goes out, orders come in."""

    def __init__(self, shop: Shop, hub: Hub, life: str) -> None:
        self._shop = shop
        self._hub = hub
        self._life = life

    async def serve(self, socket: WebSocket) -> None:
        await socket.accept()
        outbox = self._hub.join()
        outbox.put("hello", "", {"life": self._life, "tids": sorted(self._shop.terminals)})
        orders = Orders(self._shop, self._hub, outbox)
        sending = asyncio.create_task(self._send(socket, outbox))
        try:
            while True:
                orders.take(await socket.receive_text())
        except (WebSocketDisconnect, KeyError):  # gone, or it sent bytes
            pass
        finally:
            self._hub.leave(outbox)
            orders.let_go()
            sending.cancel()

    @staticmethod
    async def _send(socket: WebSocket, outbox: Outbox) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # it went while something was said to it
            while True:
                await socket.send_text(json.dumps(await outbox.take(), ensure_ascii=False))


async def _index(_request: object) -> FileResponse:
    return FileResponse(PAGE / "index.html")


def make_app(shop: Shop, hub: Hub, port: int, life: str, lifespan: Lifespan[Starlette]) -> Starlette:
    """`life` tells one server's life from the next; `lifespan` is what goes on beside it."""
    routes = [
        Route("/", _index),
        WebSocketRoute("/live", Line(shop, hub, life).serve),
        Mount("/page", StaticFiles(directory=PAGE)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, names=own_names(port))], lifespan=lifespan)
