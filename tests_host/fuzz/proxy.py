# SPDX-License-Identifier: MIT
"""A proxy with valid certificates for both sides: it ends the terminal's TLS as the host, and speaks to the host as the
terminal. What it holds between is plain frames, which a test may alter.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests_host.host.client import client_context
from tools.host import TerminalIdentity
from tools.host.server import make_context

Alter = Callable[[bytes], "bytes | None"]
"""What goes on in place of a frame; None: nothing, and both connections end."""

_PATIENCE_S = 10


def _as_it_is(frame: bytes) -> bytes:
    return frame


def _frame(peer: ssl.SSLSocket) -> bytes:
    """The next whole frame, b"" when the connection has ended."""
    data = b""
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
        size = 2 + int.from_bytes(data[:2], "big") if len(data) >= 2 else 2
        chunk = peer.recv(size - len(data))
        if not chunk:
            return b""
        data += chunk
    return data


class Proxy:
    """A context manager; `up` and `down` alter requests and answers, `seen` are the frames as they came."""

    def __init__(self, pki: Path, identity: TerminalIdentity, port: int) -> None:
        self.up: Alter = _as_it_is
        self.down: Alter = _as_it_is
        self.seen: list[tuple[bytes, bytes]] = []
        self._server = make_context(pki)
        self._client = client_context(identity)
        self._server.maximum_version = ssl.TLSVersion.TLSv1_2  # the chip's
        self._name = identity.server_name
        self._host = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self._listener.close()

    def honest(self) -> None:
        self.up = self.down = _as_it_is

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return  # closed: the end
            threading.Thread(target=self._between, args=(peer,), daemon=True).start()

    def _between(self, peer: socket.socket) -> None:
        peer.settimeout(None)
        with peer, suppress(OSError), self._server.wrap_socket(peer, server_side=True) as terminal:
            plain = socket.create_connection(self._host, timeout=_PATIENCE_S)
            with self._client.wrap_socket(plain, server_hostname=self._name) as host:
                while (request := _frame(terminal)) and self._pass(request, terminal, host):
                    pass

    def _pass(self, request: bytes, terminal: ssl.SSLSocket, host: ssl.SSLSocket) -> bool:
        sent = self.up(request)
        if sent is None:
            return False
        host.sendall(sent)
        answer = _frame(host)
        self.seen.append((request, answer))
        arriving = self.down(answer) if answer else None
        if arriving is None:
            return False
        terminal.sendall(arriving)
        return True
