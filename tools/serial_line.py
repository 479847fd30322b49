# SPDX-License-Identifier: MIT
"""A board's serial port, locked for one user, and the firmware's console on it: one line asks, one JSON line answers.

Over mpremote's own transport class, so that a port behaves here as it does under mpremote. Everything that fails is a
RefusedError; what travelled over the line is in none of them.
"""

import contextlib
import errno
import io
import json
import struct
import termios
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self

import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from tools.errors import RefusedError

Answer = dict[str, Any]

_READ_S: Final = 2.0  # longest silence within one of mpremote's reads
_WRITE_S: Final = 5.0
_SLICE_S: Final = 0.05
_MOST: Final = 96  # bytes of a request
_TRIES: Final = 2
SILENCE: Final = "no answer: is the terminal switched on and awake? (hold its power button for two seconds)"


class StalledError(RefusedError):
    """The port is there, and the board on it does not answer as it should."""


def _why_closed(port: str) -> str:
    """Why a port does not open, by trying once more without mpremote, which does not say."""
    try:
        serial.Serial(port, exclusive=True).close()
    except serial.SerialException as fault:
        return {
            errno.ENOENT: "there is no such port",
            errno.ENXIO: "there is no board behind this port",
            errno.EACCES: "no permission (a member of the group that owns the port may open it, often 'dialout')",
            errno.EAGAIN: "the port is busy: another program has it open",
            errno.EBUSY: "the port is busy: another program has it open",
        }.get(fault.errno, "this is not a serial port")
    except (OSError, ValueError):
        return "this is not a serial port"
    return "the port did not open; try again"


class SerialLine:
    """One open port. `ask` talks to the firmware's console; `transport` is for whoever talks to the REPL."""

    def __init__(self, port: str) -> None:
        self.port = port
        self.recent = bytearray()  # all that arrived since its reader cleared it
        self._rest = b""
        try:
            self.transport = SerialTransport(port, timeout=_READ_S)
        except (TransportError, OSError, ValueError, termios.error):
            raise RefusedError(f"{port}: {_why_closed(port)}") from None
        self.transport.serial.write_timeout = _WRITE_S

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            self.transport.close()
        with contextlib.suppress(OSError, termios.error):  # the first may stop at the modem lines of a pulled cable
            self.transport.serial.close()

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """As `told`; mpremote's own printing is dropped. Not for threads: there is one standard output."""
        with self.told(), contextlib.redirect_stdout(io.StringIO()):
            yield

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turns what goes wrong on the line into one line for a person."""
        try:
            yield
        except serial.SerialTimeoutException:
            raise RefusedError(f"{self.port}: the board takes nothing any more; reset it and repeat") from None
        except (OSError, termios.error):
            raise self._broken() from None
        except (TransportError, struct.error):
            if self._is_gone():
                raise self._broken() from None
            raise StalledError(f"{self.port}: the board stopped answering; reset it and repeat") from None

    def _broken(self) -> RefusedError:
        return RefusedError(f"{self.port}: the connection broke (cable pulled?); connect it and repeat")

    def _is_gone(self) -> bool:
        """A silence may be a cable that is no longer there, which only the next use tells."""
        port = self.transport.serial
        try:
            port.timeout = 0
            port.read(1)
            port.timeout = _READ_S
        except (OSError, termios.error):
            return True
        return False

    def write(self, data: bytes) -> None:
        with self.told():
            self.transport.serial.write(data)

    def lines(self, seconds: float) -> Iterator[str]:
        """Whole lines as they arrive, until so many seconds have passed; what is unfinished is kept."""
        end = time.monotonic() + seconds
        while True:
            *whole, self._rest = self._rest.split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace").rstrip("\r")
            left = end - time.monotonic()
            if left <= 0:
                return
            with self.told():
                port = self.transport.serial
                port.timeout = min(left, _SLICE_S)
                try:
                    fresh = port.read(max(1, port.in_waiting))
                finally:
                    port.timeout = _READ_S
            self._rest += fresh
            self.recent += fresh

    def ask(self, name: str, *arguments: object, seconds: float = 3.0, tries: int = _TRIES) -> Answer | None:
        """The console's answer to `@name arguments`; None if there is none. Asks again after a silence."""
        request = " ".join(["@" + name, *map(str, arguments)]).encode()
        if len(request) >= _MOST or b"\n" in request:
            raise ValueError(f"a request has at most {_MOST} bytes in one line")
        for _ in range(tries):
            self.write(b"\n" + request + b"\n")
            for line in self.lines(seconds):
                answer = _answer(line)
                if answer is not None and answer.get("re") == name:
                    return answer
        return None

    def order(self, name: str, *arguments: object, seconds: float = 3.0, tries: int = _TRIES) -> Answer:
        """As `ask`; a silence or a refusal is a RefusedError with the board's own advice."""
        answer = self.ask(name, *arguments, seconds=seconds, tries=tries)
        if answer is None:
            raise RefusedError(f"{self.port}: {SILENCE}")
        if not answer.get("ok"):
            raise RefusedError(f"{self.port}: {refusal(answer)}")
        return answer


def refusal(answer: Answer) -> str:
    """What the terminal says it will not do, and what it says to do instead."""
    reason = f"the terminal refused @{answer.get('re', '')} ({answer.get('error', 'no reason given')})"
    return f"{reason}: {answer['do']}" if answer.get("do") else reason


def _answer(line: str) -> Answer | None:
    """A line of the console; log lines and line noise are none."""
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
