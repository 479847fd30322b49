# SPDX-License-Identifier: MIT
"""One TLS connection to the host, kept for the shift, and frames over it. Knows nothing of what is in a frame.

One task owns the socket's reading, one frame at a time; callers wait for an event. A time-out closes the socket, so
that a late answer can never be taken for the answer to something else. Frame: length u16 BE, TPDU, message.
"""

import asyncio

from micropython import const

from firmware import log
from firmware.errors import LinkError

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from firmware.host.wifi import Wifi

_CONNECT_MS = const(10_000)
_ANSWER_MS = const(30_000)
_WAIT_MS = const(5_000)
_LARGEST = const(2048)
_USUAL = const(512)  # the buffer grows for what is larger, until that is taken
_TPDU = const(b"\x60\x00\x03\x00\x00")
_HEAD = const(7)  # length and TPDU
_ALERT = const(-0x7780)  # the host ended the handshake: it did not take this terminal's certificate
_BAD_CERTIFICATE = const(-0x2700)


def code_of(fault: "OSError | ValueError", was_answered: bool) -> str:
    """N1 unreachable, N2 lost, N4 the host's certificate, N5 ours. mbedTLS numbers are negative, sockets' positive."""
    if isinstance(fault, ValueError):
        return "N4"  # the port reports a failed verification as ValueError with the reason as text
    number = fault.errno or 0
    if number == _BAD_CERTIFICATE:
        return "N4"
    if was_answered:
        return "N2"
    return "N5" if number == _ALERT else "N1"


class Link:
    """`dial` gives the stream of a new connection; `on_wait` is called while waiting."""

    def __init__(
        self,
        wifi: "Wifi",
        dial: "Callable[[], Awaitable[Any]]",
        on_wait: "Callable[[], None]",
    ) -> None:
        self._wifi = wifi
        self._dial = dial
        self._on_wait = on_wait
        self._stream: "Any" = None
        self._reader: "asyncio.Task | None" = None
        self._rx = bytearray(_USUAL)
        self._have = 0
        self._size = 0  # of the frame in the buffer, 0 while incomplete
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._fault = ""
        self._owed = 0  # answers still to come
        self._was_answered = False
        self.handshakes = 0

    @property
    def is_open(self) -> bool:
        return self._stream is not None

    def close(self) -> None:
        """Let go of the socket; whoever waits for an answer is told that there will be none."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None
        try:
            stream.s.close()
        except OSError:
            pass  # it is gone, which is what was wanted
        self._arrived.set()

    async def open(self) -> None:
        """Connect; the handshake itself runs with the first frame. LinkError W1, W2 or N1."""
        if self._stream is not None:
            return
        if not self._wifi.is_up and not await self._wifi.wait_up(_CONNECT_MS):
            raise LinkError(self._wifi.fault)
        if len(self._rx) > _USUAL:
            self._rx = bytearray(_USUAL)
        self._stream = await self._dial()
        self._have = self._size = self._owed = 0
        self._fault = ""
        self._was_answered = False
        self.handshakes += 1

    async def exchange(self, message: "bytes | bytearray") -> memoryview:
        """Send one message, wait for one; the view is good until the caller waits again. LinkError closes."""
        await self.send(message)
        return await self.receive()

    async def send(self, message: "bytes | bytearray") -> None:
        """One more message; each has one answer. LinkError closes."""
        if self._stream is None:
            raise LinkError(self._fault or "N1")
        self._wifi.full_power(True)
        if not self._size:
            self._arrived.clear()
        self._owed += 1
        try:
            await self._send(message)
        except asyncio.TimeoutError:
            self._fail(self._fault or "N2")
        except (OSError, ValueError) as fault:
            log.event("link", "lost", fault)
            self._fail(code_of(fault, self._was_answered))

    async def receive(self) -> memoryview:
        """The next answer; the view is good until the caller waits again. LinkError closes, and so does giving up."""
        is_here = False
        try:
            if self._size or self._stream is not None:
                await self._wait_answer()
            is_here = self._size > 0 and not self._fault
        except asyncio.TimeoutError:
            pass
        finally:
            if not is_here:
                self._wifi.full_power(False)
                self.close()
        if not is_here:
            raise LinkError(self._fault or "N2")
        view = memoryview(self._rx)[_HEAD : 2 + self._size]
        self._size = 0
        self._was_answered = True
        self._arrived.clear()
        self._taken.set()
        if not self._owed:
            self._wifi.full_power(False)
        return view

    def _fail(self, code: str) -> None:
        self._fault = code
        self._wifi.full_power(False)
        self.close()
        raise LinkError(code)

    async def _wait_answer(self) -> None:
        """Up to 30 s; says at least every 5 s that somebody is still waiting."""
        left_ms = _ANSWER_MS
        while not self._arrived.is_set():
            self._on_wait()
            if left_ms <= 0:
                raise asyncio.TimeoutError
            try:
                await asyncio.wait_for_ms(self._arrived.wait(), _WAIT_MS)
            except asyncio.TimeoutError:
                left_ms -= _WAIT_MS

    async def _send(self, message: "bytes | bytearray") -> None:
        stream = self._stream
        size = len(message) + len(_TPDU)
        stream.write(bytes((size >> 8, size & 0xFF)) + _TPDU + message)
        await asyncio.wait_for_ms(stream.drain(), _CONNECT_MS)
        if self._reader is None and self._stream is stream:  # it may have ended while this was sent
            self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Task: the only reader of the socket."""
        stream = self._stream
        try:
            while self._stream is stream:
                if self._size:  # the one before is not taken yet
                    self._taken.clear()
                    await self._taken.wait()
                if not self._have and len(self._rx) > _USUAL:
                    self._rx = bytearray(_USUAL)
                count = await stream.readinto(memoryview(self._rx)[self._have : self._end()])
                if count is None:
                    continue
                if count == 0:
                    self._fault = "N2"
                    break
                self._have += count
                if not self._take():
                    break
        except (OSError, ValueError) as fault:
            log.event("link", "lost", fault)
            self._fault = code_of(fault, self._was_answered)
        except MemoryError:  # a journey at the counter needs it all just now
            log.event("link", "memory")
            self._fault = "N2"
        if self._stream is stream:
            self._reader = None
            self.close()

    def _end(self) -> int:
        """Where in the buffer what is read now ends: with more answers to come not a byte behind this one."""
        if self._owed < 2:
            return len(self._rx)
        return 2 if self._have < 2 else 2 + (self._rx[0] << 8 | self._rx[1])

    def _take(self) -> bool:
        """Look at what has arrived; False if it cannot be a frame that somebody waits for."""
        if self._have < 2:
            return True
        size = self._rx[0] << 8 | self._rx[1]
        is_frame = len(_TPDU) < size <= _LARGEST and self._owed > 0 and self._have <= size + 2
        if not is_frame or (self._have > 2 and self._rx[2] != _TPDU[0]):
            self._fault = "N3"
            return False
        if size + 2 > len(self._rx):
            rx, self._rx = self._rx, bytearray(size + 2)
            self._rx[: self._have] = rx[: self._have]
        if self._have == size + 2:
            self._size, self._have = size, 0
            self._owed -= 1
            self._arrived.set()
        return True
