# SPDX-License-Identifier: MIT
"""What programs run at the REPL see as the console: `sys` as on the chip, `input`, and tracebacks without the shims."""

import builtins
import io
import sys

import _rpc
from micropython import const

_CONSOLE_WRITE = const(92)
_HIDDEN = ("_rpc", "machine", "time", "network", "esp32", "socket", "os")


class Raw(io.IOBase):
    """`sys.stdout.buffer`: bytes as they are, where `sys.stdout` puts CR before LF."""

    def write(self, data: bytes, size: int = -1) -> int:
        data = memoryview(data) if size < 0 else memoryview(data)[:size]
        return _rpc.call(_CONSOLE_WRITE, 0, 0, data)

    def ioctl(self, request: int, argument: int) -> int:
        return argument & 4 if request == 3 else 0


class Out(io.IOBase):
    def __init__(self) -> None:
        self.buffer = Raw()
        self.write = sys.stdout.write
        self.ioctl = self.buffer.ioctl


class Sys:
    """Stands in for the module."""

    platform = "esp32"

    def __init__(self) -> None:
        self.stdout = Out()
        self.ps1 = ">>> "
        self.ps2 = "... "

    def __getattr__(self, name: str) -> object:
        if name == "implementation":
            from collections import namedtuple

            kind = namedtuple("implementation", ("name", "version", "_machine", "_mpy", "_build"))
            own = sys.implementation
            return kind(own.name, own.version, "Generic ESP32 module with ESP32", own._mpy, "ESP32_GENERIC")
        return getattr(sys, name)


class Trace(io.IOBase):
    """A traceback without the frames of the emulator itself."""

    def __init__(self) -> None:
        self._line = ""

    def write(self, data: bytes) -> int:
        self._line += str(data, "utf-8")
        *lines, self._line = self._line.split("\n")
        for line in lines:
            if not (line.startswith('  File "') and line[8:].split('"')[0] in _HIDDEN):
                print(line)
        return len(data)


def override() -> None:
    """`input` reads the console as the port's does."""
    builtins.input = _input


def _input(prompt: object = "") -> str:
    return _rpc.find("repl_line", "ask")(str(prompt))
