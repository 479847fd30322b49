# SPDX-License-Identifier: MIT
"""The chip's console: UART0 as whoever holds the other end of the cable sees it.

`feed` is the chip's RX, `on_output` its TX: text with the CR that the port puts before each LF, raw bytes as they are.
An interrupt character is no input while the interpreter's KeyboardInterrupt is on; see `Op.CONSOLE_MODE`. With `baud`
set, bytes arrive as fast as the line carries them, and those that find the port's ring buffer full are lost.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from tools.emulator.clock import Clock
from tools.emulator.interpreter import Interpreter
from tools.emulator.rpc import Op, Reply, Request

_INTERRUPT = b"\x03"
_RING = 259  # bytes that ports/esp32/mphalport.c keeps for sys.stdin
_BURST = 120  # bytes after which the UART interrupts, if the line is not idle before
_BITS = 10  # a byte's on the line
_STOPS = (b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\r")  # where a REPL may start to do something else
_PENDING_INPUT, _INTERRUPTED = 2, 4  # bits in the flags of the board's answers
_ATOMIC = {
    Op.FLASH_READ,
    Op.FLASH_PROGRAM,
    Op.FLASH_ERASE,
    Op.IRQ_NEXT,
    Op.CONSOLE_MODE,
    Op.CONSOLE_READ,
    Op.CONSOLE_WRITE,
}
"""Calls that an exception must not leave: below some of them are C structures of the file system."""


class Mode(IntEnum):
    """How a life of the interpreter begins."""

    FRIENDLY = 0
    RAW = 1  # after a soft reset of the raw REPL: boot.py, then the raw REPL again
    RECOVERED = 2  # the interpreter has crashed, as no chip does: boot.py, then the REPL


class Console:
    """Bound to one life of the interpreter after the other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.baud = 0
        """0: what is fed is there at once, however much it is."""
        self.lost = 0
        """Received bytes that nobody had read in time."""
        self._on_the_line = bytearray()
        self.on_output: list[Callable[[bytes], None]] = []
        self.keep = 0
        """How much of `said` is kept, at least; 0: all of it."""
        self.is_interrupted = False
        self.has_news = False
        self.mode = Mode.FRIENDLY
        self._said = bytearray()
        self._interpreter: Interpreter | None = None
        self._taken = 0
        self._left = b""
        self._has_input = False
        self.is_running = False
        """A program runs, rather than the REPL waits: Ctrl-C may interrupt it."""
        self._is_lost = False

    # The cable.

    def feed(self, data: bytes) -> None:
        """Bytes for the chip."""
        if not self.baud:
            self._receive(data)
            return
        is_idle = not self._on_the_line
        self._on_the_line += data
        if is_idle and data:
            self._send_on()

    @property
    def backlog(self) -> int:
        """Bytes that are still to be sent to the chip."""
        return len(self._on_the_line)

    def _send_on(self) -> None:
        size = min(len(self._on_the_line), _BURST)
        self._clock.after(size * _BITS * 1_000_000 // self.baud, lambda: self._arrive(size))

    def _arrive(self, size: int) -> None:
        data = bytes(self._on_the_line[:size])
        del self._on_the_line[:size]
        self._receive(data)
        if self._on_the_line:
            self._send_on()

    def _receive(self, data: bytes) -> None:
        """Nobody hears them while the chip sleeps."""
        interpreter = self._interpreter
        if interpreter is None:
            return
        if _INTERRUPT in data and self.is_running and interpreter.takes_interrupts():
            self.is_interrupted = True
            data = data.replace(_INTERRUPT, b"")
        if self.baud:
            room = max(0, _RING - interpreter.waiting())
            self.lost += max(0, len(data) - room)
            data = data[:room]
        if data:
            interpreter.type(data)
            self.has_news = self._has_input = True

    def text(self) -> bytes:
        """Everything said so far, as the programs wrote it."""
        self.drain()
        return bytes(self._said)

    def drain(self) -> None:
        """Take up what the interpreter has printed."""
        if self._interpreter is None:
            return
        fresh = self._interpreter.output(self._taken)
        if fresh:
            self._taken += len(fresh)
            self._told(fresh, fresh.replace(b"\n", b"\r\n"))

    def say(self, data: bytes) -> None:
        """Bytes that do not pass through the interpreter's own output: ROM, bootloader, REPL, binary streams."""
        self.drain()
        self._told(data, data)

    def emit(self, data: bytes) -> None:
        """Bytes for the cable alone: the serial loader's, which are no text."""
        self.drain()
        for listener in self.on_output:
            listener(data)

    def _told(self, plain: bytes, line: bytes) -> None:
        self._said += plain
        if self.keep and len(self._said) > 2 * self.keep:
            del self._said[: -self.keep]
        for listener in self.on_output:
            listener(line)

    # The chip's lives.

    def attach(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._taken = 0
        self.is_running = self.is_interrupted = False
        self.has_news = self._has_input = bool(self._left)
        interpreter.type(self._left)
        self._left = b""

    def detach(self, is_soft: bool = False) -> None:
        """The interpreter has ended. A soft reset leaves the received bytes where they are."""
        self.drain()
        if self._interpreter is not None and is_soft:
            self._left = self._interpreter.take(1 << 16)
        self._interpreter = None
        self.is_interrupted = self.has_news = self._has_input = False

    # What the chip asks and is told.

    def interrupt(self) -> None:
        """Deliver an interrupt to code that makes no calls."""
        interpreter = self._interpreter
        self.is_interrupted = interpreter is not None and interpreter.takes_interrupts() and not interpreter.interrupt()

    def flags(self, op: int) -> int:
        """Bits for an answer to `op`: an interrupt is delivered by the first that can be left by an exception."""
        bits = 0
        if self._has_input and self._interpreter is not None:
            self._has_input = self._interpreter.waiting() > 0
            bits = _PENDING_INPUT * self._has_input
        if self.is_interrupted and op not in _ATOMIC:
            self.is_interrupted = False
            bits |= _INTERRUPTED
        return bits

    def insist(self) -> None:
        """Code goes on without waiting for answers."""
        if self.is_interrupted:
            self.interrupt()

    def recover(self) -> bool:
        """The interpreter has crashed; False when that came before it had reached its REPL again."""
        self.mode = Mode.RECOVERED
        was_lost, self._is_lost = self._is_lost, True
        return not was_lost

    def answer(self, request: Request) -> Reply | None:
        """One of the console's own calls, or None."""
        if request.op == Op.CONSOLE_WRITE:
            self.say(request.data)
            return Reply(len(request.data))
        if request.op == Op.CONSOLE_READ:
            return Reply(0, self._read(request.a))
        if request.op == Op.CONSOLE_MODE:
            self.is_running = bool(request.a)
            self._is_lost = self._is_lost and self.is_running
            self.is_interrupted = False
            return Reply(self.mode)
        return None

    def _read(self, most: int) -> bytes:
        """Up to the first byte that ends an input, so that a program's own input stays for it."""
        if self._interpreter is None:
            return b""
        data = self._interpreter.peek(most)
        stops = [at for at in (data.find(stop) for stop in _STOPS) if at >= 0]
        return self._interpreter.take(min(stops) + 1 if stops else len(data))
