# SPDX-License-Identifier: MIT
"""The interpreter's process: its life, the frames on the wire to it, and the console's two pipes.

One request is out at a time; the interpreter stands still until it is answered.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import signal
import socket
import struct
import subprocess
import termios
import time
from array import array
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

from tools.emulator import rom
from tools.emulator.rpc import POSTED, REAL_TIME_LIMIT_S, Request

_REQUEST = struct.Struct("<5i")
_ANSWER = struct.Struct("<6i")
_TICKS_MASK = (1 << 30) - 1
_ENVIRONMENT = {"TZ": "UTC", "PATH": "/nonexistent", "HOME": "/nonexistent"}
_ENVIRONMENT |= {"MICROPYINSPECT": "", "MICROPYPATH": ".frozen"}  # no names of paths on the heap


def _kill_all() -> None:
    """An interpreter in a loop would not notice that its board has gone."""
    for interpreter in list(_alive):
        interpreter.kill()


class Interpreter:
    """One life of the chip's interpreter, from reset to reset."""

    def __init__(self, command: list[str], heap: int, flash_fd: int) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._buffer = bytearray()
        self.console = os.memfd_create("console", 0)
        self._stdin, self._stdin_theirs = socket.socketpair()  # whose end here can look at what is not read yet
        with rom.image().open("rb") as image:
            files = (theirs.fileno(), flash_fd, image.fileno())
            program = rom.bootstrap(*files, os.fstat(image.fileno()).st_size)
            self._process = subprocess.Popen(
                [*command, "-X", f"heapsize={heap}", "-c", program],
                stdin=self._stdin_theirs.fileno(),
                stdout=self.console,
                stderr=subprocess.STDOUT,
                pass_fds=files,
                process_group=0,  # Ctrl-C in the shell is for the tool, not for the chip
                env=_ENVIRONMENT,
            )
        theirs.close()
        _alive.add(self)
        self._patience_s = -1.0

    def receive(self, patience_s: float) -> Request | None:
        """The next request, or None when the interpreter has gone; TimeoutError when none came for so long."""
        if patience_s != self._patience_s:
            self._patience_s = patience_s
            self._socket.settimeout(patience_s)
        if not self._fill(_REQUEST.size):
            return None
        op, a, b, spent_us, size = _REQUEST.unpack_from(self._buffer)
        end = _REQUEST.size + size
        if not self._fill(end):
            return None
        data = bytes(self._buffer[_REQUEST.size : end])
        del self._buffer[:end]
        return Request(op, a, b, spent_us, data)

    def _fill(self, size: int) -> bool:
        while len(self._buffer) < size:
            try:
                part = self._socket.recv(65536)
            except ConnectionResetError:
                part = b""
            if not part:
                return False
            self._buffer += part
        return True

    def answer(self, uptime_us: int, flags: int, result: int, data: bytes) -> None:
        ms, us_of_ms = divmod(uptime_us, 1000)
        head = _ANSWER.pack(ms & _TICKS_MASK, uptime_us & _TICKS_MASK, flags, result, len(data), us_of_ms)
        with suppress(BrokenPipeError, ConnectionResetError):  # the next receive() reports its end
            self._socket.sendall(head + data)

    def type(self, data: bytes) -> None:
        """Bytes for the interpreter's standard input; what it leaves no room for is lost, as on the chip."""
        with suppress(BlockingIOError):
            self._stdin.send(data, socket.MSG_DONTWAIT)

    def waiting(self) -> int:
        """How many typed bytes it has not read."""
        size = array("i", (0,))
        fcntl.ioctl(self._stdin_theirs, termios.FIONREAD, size)
        return int(size[0])

    def peek(self, most: int) -> bytes:
        """Typed bytes that it has not read; they stay."""
        try:
            return self._stdin_theirs.recv(most, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except BlockingIOError:
            return b""

    def take(self, most: int) -> bytes:
        """Typed bytes that it will not read any more."""
        try:
            return self._stdin_theirs.recv(most, socket.MSG_DONTWAIT) if most else b""
        except BlockingIOError:
            return b""

    def worked_s(self) -> float:
        """CPU time of its life so far; 0 when it is over."""
        try:
            return time.clock_gettime(~self._process.pid << 3 | 2)  # clock_getcpuclockid(3)
        except OSError:
            return 0.0

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_blocked(self) -> bool:
        """It waits in a system call."""
        return self._state() == "S"

    def _state(self) -> str:
        """A letter of proc(5): R running, S sleeping, T stopped, Z gone ..."""
        return Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def takes_interrupts(self) -> bool:
        """Is KeyboardInterrupt on? `micropython.kbd_intr` sets and removes the handler of SIGINT in the unix port."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")), "0")
        return bool(int(caught, 16) & 1 << signal.SIGINT - 1)

    def interrupt(self) -> bool:
        """KeyboardInterrupt into code that makes no calls; False when it is in one after all.

        The unix port leaves whatever it is doing, so it is stopped first and looked at: half a call would put the wire
        out of step.
        """
        self._process.send_signal(signal.SIGSTOP)
        while self._state() not in "TZ":
            time.sleep(0.0005)
        is_free = not self._is_calling()
        if is_free:
            self._process.send_signal(signal.SIGINT)
        self._process.send_signal(signal.SIGCONT)
        return is_free

    def _is_calling(self) -> bool:
        """Part of a request is here, or a whole one whose answer it waits for."""
        self._patience_s = 0.0
        self._socket.settimeout(0.0)
        with suppress(BlockingIOError, ConnectionResetError):
            self._buffer += self._socket.recv(1 << 20)
        at = 0
        while at + _REQUEST.size <= len(self._buffer):
            op, _, _, _, size = _REQUEST.unpack_from(self._buffer, at)
            if op not in POSTED:
                return True
            at += _REQUEST.size + size
        return at < len(self._buffer)

    def output(self, start: int) -> bytes:
        """Console bytes from `start` on."""
        return os.pread(self.console, 1 << 24, start)

    def exit_status(self) -> int:
        """Waits for the end of a process that has closed its end of the wire."""
        return self._process.wait(REAL_TIME_LIMIT_S)

    def kill(self) -> None:
        _alive.discard(self)
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def close(self) -> None:
        """What it has left: its console and what it has not read."""
        self._stdin.close()
        self._stdin_theirs.close()
        os.close(self.console)


_alive: WeakSet[Interpreter] = WeakSet()
atexit.register(_kill_all)
