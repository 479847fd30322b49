# SPDX-License-Identifier: MIT
"""The TLS server: connections, frames, bounds on what a client may hold up (protocol.md clause 1).

Owns sockets, knows nothing of messages' meaning. Invariant: one client's garbage, slowness or disconnection never
touches another's connection; the answers of a connection leave in the order of its requests.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from tools.host import pki
from tools.host.errors import SetupError
from tools.host.message import FRAME_MAX, UnanswerableError
from tools.host.settings import Settings
from tools.host.vault import read_secret

_log = logging.getLogger("qiandao.host")
_LENGTH_BYTES: Final = 2
_FRAME_MIN: Final = 5 + 2 + 8  # TPDU, message type, bitmap


@dataclass
class Outgoing:
    """What to do about one request: bytes to send, after a delay, and whether the connection ends with it."""

    frames: list[bytes] = field(default_factory=list)
    delay_s: float = 0.0
    is_closing: bool = False


Answerer = Callable[[bytes, str], Awaitable[Outgoing]]


class FrameError(Exception):
    """A frame that breaks the transport's rules."""


def make_context(directory: Path) -> ssl.SSLContext:
    """TLS 1.2 or later, certificates of this authority only, on both sides."""
    read_secret(directory / pki.SERVER_KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.num_tickets = 0  # the terminals cannot resume a session
    try:
        context.load_cert_chain(directory / pki.SERVER_CERTIFICATE, directory / pki.SERVER_KEY)
        context.load_verify_locations(directory / pki.CA_CERTIFICATE)
    except (OSError, ssl.SSLError):
        raise SetupError(f"{directory}: certificates are missing or damaged") from None
    return context


def common_name(writer: asyncio.StreamWriter) -> str:
    """Common name of the client's certificate: its terminal number."""
    tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    der = tls.getpeercert(binary_form=True)
    if der is None:
        return ""
    names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


class Server:
    """Listens, and hands the content of each frame to `answerer`."""

    def __init__(self, directory: Path, settings: Settings, answerer: Answerer) -> None:
        self._directory = directory
        self._settings = settings
        self._answerer = answerer
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], str] = {}

    async def start(self, address: str, port: int) -> int:
        """Listen; the port actually bound."""
        self._server = await asyncio.start_server(
            self._on_connection,
            address,
            port,
            ssl=make_context(self._directory),
            ssl_handshake_timeout=self._settings.handshake_s,
            ssl_shutdown_timeout=self._settings.frame_s,
            limit=FRAME_MAX * 2,
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def count(self) -> int:
        """Open connections."""
        return len(self._connections)

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        peer = common_name(writer)
        self._make_room(peer)
        self._connections[task] = peer
        try:
            if len(self._connections) <= self._settings.max_connections:
                await self._serve(reader, writer, peer)
        except (FrameError, UnanswerableError) as error:
            _log.warning("%s: %s, connection closed", peer, error)
        except (OSError, EOFError, TimeoutError, ssl.SSLError) as error:
            _log.info("%s: connection ended: %s", peer, type(error).__name__)
        except asyncio.CancelledError:
            _log.info("%s: connection closed by the host", peer)
        finally:
            del self._connections[task]
            writer.close()

    def _make_room(self, peer: str) -> None:
        """A terminal's oldest connections make way for its new one."""
        own = [task for task, name in self._connections.items() if name == peer]
        for task in own[: max(0, len(own) + 1 - self._settings.max_per_terminal)]:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        """Read ahead up to the number of requests in flight while one is being answered."""
        # One more is being answered, and one more is held by the reader while the queue is full.
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(max(1, self._settings.in_flight - 2))
        reading = asyncio.create_task(self._read_all(reader, queue))
        try:
            while (content := await queue.get()) is not None:
                outgoing = await self._answerer(content, peer)
                if not await self._send(writer, outgoing):
                    return
            await reading  # raises what ended it
        finally:
            reading.cancel()

    async def _read_all(self, reader: asyncio.StreamReader, queue: asyncio.Queue[bytes | None]) -> None:
        try:
            while True:
                await queue.put(await self._read_frame(reader))
        finally:
            # The requests read so far are answered before the connection ends.
            await queue.put(None)

    async def _read_frame(self, reader: asyncio.StreamReader) -> bytes:
        async with asyncio.timeout(self._settings.idle_s):
            head = await reader.readexactly(1)
        async with asyncio.timeout(self._settings.frame_s):
            head += await reader.readexactly(_LENGTH_BYTES - 1)
            length = int.from_bytes(head, "big")
            if not _FRAME_MIN <= length <= FRAME_MAX:
                raise FrameError(f"frame of {length} bytes")
            return await reader.readexactly(length)

    async def _send(self, writer: asyncio.StreamWriter, outgoing: Outgoing) -> bool:
        """Send an answer; whether the connection goes on."""
        if outgoing.delay_s:
            await asyncio.sleep(outgoing.delay_s)
        async with asyncio.timeout(self._settings.frame_s):
            for frame in outgoing.frames:
                writer.write(frame)
            await writer.drain()
        return not outgoing.is_closing
