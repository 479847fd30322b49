# SPDX-License-Identifier: MIT
"""TLS on a plain asyncio connection: the server's side, from the handshake to a close that loses nothing.

asyncio's own TLS drops the alert of a failed handshake, and a socket closed with unread bytes is reset, which overtakes
whatever was sent last. Invariant: an alert, or the last answer, leaves before the connection does; what a peer goes on
sending meanwhile is thrown away, within bounds of time and bytes.
"""

import asyncio
import ssl
from contextlib import suppress
from typing import Final

_CHUNK: Final = 4096
_LINGER_BYTES: Final = 64 * 1024  # thrown away before a close


class TlsStream:
    """One connection. `handshake` comes first; `read` and `write` carry what is inside."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        self._reader = reader
        self._writer = writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._clear = bytearray()

    async def handshake(self) -> None:
        """SSLError if either side refuses; the alert is on its way by then."""
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._feed()
            except ssl.SSLError:
                self._flush()
                raise
        self._flush()

    def certificate(self) -> bytes | None:
        """The peer's, in DER."""
        return self._tls.getpeercert(binary_form=True)

    async def readexactly(self, count: int) -> bytes:
        """EOFError when the peer ends before."""
        while len(self._clear) < count:
            try:
                data = self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._feed()
                continue
            if not data:
                raise EOFError
            self._clear += data
        data = bytes(self._clear[:count])
        del self._clear[:count]
        return data

    def write(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    async def drain(self) -> None:
        await self._writer.drain()

    async def end(self, linger_s: float) -> None:
        """Say that nothing more comes, and read on until the peer has heard it or the bounds are reached."""
        try:
            with suppress(OSError):  # SSLError and TimeoutError too
                async with asyncio.timeout(linger_s):
                    self._farewell()
                    self._writer.write_eof()
                    await self._throw_away()
        finally:
            self._writer.close()

    def close(self) -> None:
        """Without waiting for the peer."""
        if not self._writer.is_closing():
            self._farewell()
            self._writer.close()

    def _farewell(self) -> None:
        """close_notify, unless the handshake failed."""
        with suppress(ssl.SSLError, ValueError):
            self._tls.unwrap()
        self._flush()

    async def _throw_away(self) -> None:
        left = _LINGER_BYTES
        while left > 0 and (data := await self._reader.read(_CHUNK)):
            left -= len(data)

    async def _feed(self) -> None:
        """Hand TLS what comes next; EOFError when the connection ends without its farewell."""
        self._flush()
        if not (data := await self._reader.read(_CHUNK)):
            raise EOFError
        self._incoming.write(data)

    def _flush(self) -> None:
        if data := self._outgoing.read():
            self._writer.write(data)
