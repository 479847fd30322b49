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
from tools.host.tls import TlsStream
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


def common_name(der: bytes | None) -> str:
    """Common name of a client's certificate: its terminal number."""
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
        self._context: ssl.SSLContext | None = None
        self._connections: dict[asyncio.Task[None], str] = {}
        self._ending = 0  # connections that only wait for their peers to hear the last word

    async def start(self, address: str, port: int) -> int:
        """Listen; the port actually bound."""
        self._context = make_context(self._directory)
        self._server = await asyncio.start_server(self._on_connection, address, port, limit=FRAME_MAX * 2)
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
        assert self._context is not None
        stream = TlsStream(reader, writer, self._context)
        try:
            if await self._shake_hands(stream):
                await self._talk(stream)
            await self._end(stream)
        except asyncio.CancelledError:
            pass  # by this host; asyncio would report it as a fault
        finally:
            stream.close()

    async def _shake_hands(self, stream: TlsStream) -> bool:
        try:
            async with asyncio.timeout(self._settings.handshake_s):
                await stream.handshake()
        except (OSError, EOFError, TimeoutError) as error:  # SSLError too
            _log.info("no connection: %s", getattr(error, "reason", None) or type(error).__name__)
            return False
        return True

    async def _talk(self, stream: TlsStream) -> None:
        task = asyncio.current_task()
        assert task is not None
        peer = common_name(stream.certificate())
        self._make_room(peer)
        self._connections[task] = peer
        try:
            if len(self._connections) <= self._settings.max_connections:
                await self._serve(stream, peer)
        except (FrameError, UnanswerableError) as error:
            _log.warning("%s: %s, connection closed", peer, error)
        except (OSError, EOFError, TimeoutError) as error:
            _log.info("%s: connection ended: %s", peer, type(error).__name__)
        except asyncio.CancelledError:
            _log.info("%s: connection closed by the host", peer)
            raise
        finally:
            del self._connections[task]

    async def _end(self, stream: TlsStream) -> None:
        """A close that does not overtake what was said last; when too many wait for theirs, at once."""
        if self._ending >= self._settings.max_ending:
            return
        self._ending += 1
        try:
            await stream.end(self._settings.linger_s)
        finally:
            self._ending -= 1

    def _make_room(self, peer: str) -> None:
        """A terminal's oldest connections make way for its new one."""
        own = [task for task, name in self._connections.items() if name == peer]
        for task in own[: max(0, len(own) + 1 - self._settings.max_per_terminal)]:
            task.cancel()

    async def _serve(self, stream: TlsStream, peer: str) -> None:
        """Read ahead up to the number of requests in flight while one is being answered."""
        # One more is being answered, and one more is held by the reader while the queue is full.
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(max(1, self._settings.in_flight - 2))
        reading = asyncio.create_task(self._read_all(stream, queue))
        try:
            while (content := await queue.get()) is not None:
                outgoing = await self._answerer(content, peer)
                if not await self._send(stream, outgoing):
                    return
            await reading  # raises what ended it
        finally:
            reading.cancel()
            while not queue.empty():  # room for its last word
                queue.get_nowait()
            await asyncio.gather(reading, return_exceptions=True)  # the stream is free for its end

    async def _read_all(self, stream: TlsStream, queue: asyncio.Queue[bytes | None]) -> None:
        try:
            while True:
                await queue.put(await self._read_frame(stream))
        finally:
            # The requests read so far are answered before the connection ends.
            await queue.put(None)

    async def _read_frame(self, stream: TlsStream) -> bytes:
        async with asyncio.timeout(self._settings.idle_s):
            head = await stream.readexactly(1)
        async with asyncio.timeout(self._settings.frame_s):
            head += await stream.readexactly(_LENGTH_BYTES - 1)
            length = int.from_bytes(head, "big")
            if not _FRAME_MIN <= length <= FRAME_MAX:
                raise FrameError(f"frame of {length} bytes")
            return await stream.readexactly(length)

    async def _send(self, stream: TlsStream, outgoing: Outgoing) -> bool:
        """Send an answer; whether the connection goes on."""
        if outgoing.delay_s:
            await asyncio.sleep(outgoing.delay_s)
        async with asyncio.timeout(self._settings.frame_s):
            for frame in outgoing.frames:
                stream.write(frame)
            await stream.drain()
        return not outgoing.is_closing
