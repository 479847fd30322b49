# SPDX-License-Identifier: MIT
"""The REPL of the port (shared/runtime/pyexec.c) at the console: what its two modes share.

Loaded when the programs have ended. Reads its input by calls to the board, so that a waiting prompt costs no time and
bytes for the program stay where `sys.stdin` finds them. `shell` is what the modes in `_repl_raw.py` and
`_repl_line.py` get: (read, write, execute, soft_reset).
"""

import sys

import _rpc
import micropython
from micropython import const

_WAIT = const(2)
_RESET = const(54)
_CONSOLE_MODE = const(90)
_CONSOLE_READ = const(91)
_CONSOLE_WRITE = const(92)


def write(data: bytes) -> None:
    _rpc.call(_CONSOLE_WRITE, 0, 0, data)


def read(most: int = 64) -> bytes:
    """At least one byte, up to the next control character that may end an input."""
    while not (data := _rpc.fetch(_CONSOLE_READ, most)):
        _rpc.call(_WAIT, -1)
    return data


def soft_reset(is_raw: bool) -> None:
    """Never returns."""
    write(b"MPY: soft reboot\r\n")
    _rpc.call(_RESET, 1, int(is_raw))


def report(fault: BaseException, is_raw: bool = False) -> None:
    """What becomes of an exception that no program has caught."""
    if isinstance(fault, SystemExit):
        soft_reset(is_raw)
    sys.print_exception(fault, _rpc.find("repl_io", "Trace")())


def execute(source: bytearray, mode: str, space: "dict[str, object]") -> "BaseException | None":
    """Run `source`; returns what it raised."""
    fault = None
    _rpc.call(_CONSOLE_MODE, 1)
    micropython.kbd_intr(3)
    try:
        exec(compile(str(source, "utf-8"), "<stdin>", mode), space)
    except BaseException as raised:  # noqa: BLE001  the port's own outlet
        fault = raised
    micropython.kbd_intr(-1)
    _rpc.call(_CONSOLE_MODE, 0)
    return fault


def serve(space: "dict[str, object]") -> None:
    """Never returns."""
    micropython.kbd_intr(-1)
    is_raw = _rpc.call(_CONSOLE_MODE, 0) == 1
    sys.modules["sys"] = _rpc.find("repl_io", "Sys")()
    _rpc.find("repl_io", "override")()
    shell = (read, write, execute, soft_reset)
    while True:
        _rpc.find("repl_raw" if is_raw else "repl_line", "serve")(space, shell)
        is_raw = not is_raw
