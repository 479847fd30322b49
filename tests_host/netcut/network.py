# SPDX-License-Identifier: MIT
"""The network between the firmware's link and the host, in virtual time, and everything that can happen to one
exchange on it: cut at a byte either way, late, twice, out of turn, or the host stopped before or after its commit.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final, NamedTuple

from tests_host.netcut.acquirer import Acquirer, name_of
from tests_host.netcut.loop import Event, Loop
from tools.host.faults import Fault, Kind

_WAY_MS: Final = 20
_HANDSHAKE_MS: Final = 600
_TIMEOUT_MS: Final = 31_000  # the terminal has given up
_MANNERS: Final = ("reset", "end", "silence")

CUTS: Final = ("up", "down")
OTHERS: Final = (
    *(("late", ms) for ms in (29_000, _TIMEOUT_MS)),
    *(("overtaken", ms) for ms in (_TIMEOUT_MS, 36_000, 100_000)),
    *((kind, 0) for kind in ("twice", "echo", "again", "stale")),
    *((kind, seconds) for kind in ("stop_before", "stop_after", "stop_idle") for seconds in (3, 25)),
)
"""Kind of disturbance, and what it is told: ms, or seconds that the host is away."""


class Disturbance(NamedTuple):
    """What happens to one exchange. `at` counts bytes of a frame for "up" and "down"; the manner in which a connection
    ends goes round with it: reset, closed, or silent."""

    kind: str
    at: int

    @property
    def manner(self) -> str:
        return _MANNERS[self.at % len(_MANNERS)]


@dataclass(frozen=True)
class Passed:
    """One exchange as it was."""

    name: str
    up: int
    down: int


class Stream:
    """A connection as the firmware sees it."""

    def __init__(self, net: Network) -> None:
        self._net = net
        self._out = b""
        self._in = bytearray()
        self._is_ended = False
        self._error = 0
        self._is_silent = False
        self.is_closed = False
        self._arrived = Event()
        self.s = SimpleNamespace(close=self._close)

    def setblocking(self, _is_blocking: bool) -> None:
        pass

    def _close(self) -> None:
        self.is_closed = True
        self._net.on_let_go()

    def write(self, data: bytes) -> None:
        self._out += data

    async def drain(self) -> None:
        if self._error:
            raise OSError(self._error)
        data, self._out = self._out, b""
        self._net.send(self, data)

    async def readinto(self, buffer: memoryview) -> int:
        while not self._in and not self._is_ended and not self._error:
            self._arrived.clear()
            await self._arrived.wait()
        if self._in:
            count = min(len(buffer), len(self._in))
            buffer[:count] = self._in[:count]
            del self._in[:count]
            return count
        if self._error:
            raise OSError(self._error)
        return 0

    def bring(self, data: bytes) -> None:
        """Bytes arrive, where somebody is still there and the way is open."""
        if not (self._is_silent or self._is_ended or self._error or self.is_closed):
            self._in += data
            self._arrived.set()

    def end(self, manner: str, error: int = errno.ECONNRESET) -> None:
        if manner == "silence":
            self._is_silent = True
        elif manner == "end":
            self._is_ended = True
        else:
            self._error = error
        self._arrived.set()


class Network:
    """`choose` is asked before each exchange what is to happen to it; `passed` is what went by undisturbed."""

    def __init__(self, loop: Loop, host: Acquirer) -> None:
        self._loop = loop
        self._host = host
        self.choose: Callable[[int], Disturbance | None] = lambda _number: None
        self.on_let_go: Callable[[], None] = lambda: None  # the terminal has closed a connection
        self.passed: list[Passed] = []
        self.is_there = True
        self._count = 0
        self._streams: list[Stream] = []
        self._stale: tuple[Stream | None, bytes] | None = None  # an answer for the next request, not on that connection

    async def connect(self, _address: str, _port: int, _timeout_ms: int) -> Stream:
        """`tcp.connect`, and the handshake with it."""
        await self._loop.sleep_ms(_WAY_MS)
        if self._host.has_stopped or not self.is_there:
            raise OSError(errno.ECONNRESET)
        await self._loop.sleep_ms(_HANDSHAKE_MS)
        stream = Stream(self)
        self._streams.append(stream)
        return stream

    def leave(self) -> None:
        """The terminal is out of reach: lwIP aborts its connections."""
        self.is_there = False
        self._end_all("reset", errno.ECONNABORTED)

    def _end_all(self, manner: str, error: int = errno.ECONNRESET) -> None:
        for stream in self._streams:
            stream.end(manner, error)
        self._streams.clear()

    def send(self, stream: Stream, frame: bytes) -> None:
        number, self._count = self._count, self._count + 1
        disturbance = self.choose(number)
        held, self._stale = self._stale, None
        if held is not None and held[0] is not stream:
            self._loop.after(2 * _WAY_MS - 1, lambda: stream.bring(held[1]))
        elif held is not None:
            self._stale = held
        if disturbance is None:
            self._loop.after(_WAY_MS, lambda: self._pass(stream, frame))
        else:
            self._loop.after(_WAY_MS, lambda: self._disturb(stream, frame, disturbance))

    def _ask(self, frame: bytes, fault: Fault | None = None) -> bytes:
        return b"" if self._host.has_stopped else b"".join(self._host.deliver(frame, fault))

    def _hear(self, frame: bytes) -> None:
        """Nobody waits for the answer any more."""
        self._ask(frame)

    def _down(self, stream: Stream, data: bytes, ms: int = _WAY_MS) -> None:
        self._loop.after(ms, lambda: stream.bring(data))

    def _pass(self, stream: Stream, frame: bytes) -> None:
        if not self.is_there:
            return
        answer = self._ask(frame)
        self.passed.append(Passed(name_of(frame), len(frame), len(answer)))
        self._down(stream, answer)

    def _disturb(self, stream: Stream, frame: bytes, case: Disturbance) -> None:
        """The request is where the host is, or would be."""
        kind, at = case
        if kind in CUTS:
            self._cut(stream, frame, case)
        elif kind.startswith("stop"):
            self._stop(stream, frame, case)
        elif kind == "overtaken":
            self._loop.after(at, lambda: self._hear(frame))
        elif kind == "late":
            self._down(stream, self._ask(frame), at)
        elif kind == "twice":
            self._down(stream, 2 * self._ask(frame))
        elif kind == "again":  # the host hears it twice; the terminal hears the second answer
            self._ask(frame)
            self._down(stream, self._ask(frame))
        else:
            self._out_of_turn(stream, frame, kind)

    def _cut(self, stream: Stream, frame: bytes, case: Disturbance) -> None:
        answer = self._ask(frame[: case.at] if case.kind == "up" else frame)
        if case.kind == "down":
            self._down(stream, answer[: case.at])
        self._loop.after(_WAY_MS, lambda: stream.end(case.manner))

    def _out_of_turn(self, stream: Stream, frame: bytes, kind: str) -> None:
        """The answer comes once more, or not before, the next request: "echo" on any connection, "stale" on another."""
        answer = self._ask(frame)
        if kind == "echo":
            self._down(stream, answer)
        self._stale = (None if kind == "echo" else stream, answer)

    def _stop(self, stream: Stream, frame: bytes, case: Disturbance) -> None:
        """Before the commit, after it, or when it has answered; nobody is there for so many seconds."""
        fault = {"stop_before": Fault(Kind.CRASH_BEFORE), "stop_after": Fault(Kind.CRASH_AFTER)}.get(case.kind)
        self._down(stream, self._ask(frame, fault), _WAY_MS - 1)
        if not self._host.has_stopped:
            self._host.stop()
        self._loop.after(_WAY_MS, lambda: self._end_all(case.manner))
        self._loop.after(1000 * case.at, self._host.start)
