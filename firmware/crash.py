# SPDX-License-Identifier: MIT
"""Faults of the software, remembered in RTC memory: it outlasts every restart, and ends with the power.

Three in ten minutes and the terminal stays locked until somebody decides; six and it does not even start. The memory
begins with the mark of boot.py: mark, times of the last six (s since 2000-01-01, u32 LE each), report (ASCII).
"""

import io
import struct
import sys
import time

import machine
from micropython import const

_MARK = b"awake"
_FORM = "<6I"
_FORM_SIZE = const(24)
_PLACES = const(6)
_WINDOW_S = const(600)
_LOOP = const(3)
_REPORT = const(40)


def _memory() -> bytes:
    memory = bytes(machine.RTC().memory())
    whole = memory.startswith(_MARK) and len(memory) >= len(_MARK) + _FORM_SIZE
    return memory if whole else _MARK + bytes(_FORM_SIZE)


def _recent() -> int:
    """Faults within ten minutes of the last one."""
    times = struct.unpack_from(_FORM, _memory(), len(_MARK))
    return len([moment for moment in times if moment and abs(times[-1] - moment) <= _WINDOW_S])


def report() -> str:
    """Of the last fault, "" if there is none."""
    return _memory()[len(_MARK) + _FORM_SIZE :].decode()


def _put(times: "tuple[int, ...]", words: str) -> None:
    machine.RTC().memory(_MARK + struct.pack(_FORM, *times) + words.encode()[:_REPORT])


def note(words: str) -> None:
    """One more fault; `words` are its report."""
    times = struct.unpack_from(_FORM, _memory(), len(_MARK))
    _put(times[1:] + (max(int(time.time()), 1),), words)


def told(fault: Exception) -> str:
    """Kind and place of an exception, the way there on the serial line; neither with its message."""
    kind = type(fault).__name__
    try:
        text = io.StringIO()
        sys.print_exception(fault, text)
        lines = [line for line in text.getvalue().split("\n") if line.startswith("  File ")]
        print("\n".join(lines))
        _, name, rest = lines[-1].split('"', 2)
        place = name.split(".")[-1] + "." + rest.split(" in ")[1]  # byte code for the board has no line numbers
        return place.replace(".<module>", "") + " " + kind
    except (MemoryError, ValueError, IndexError):
        return kind


def watch_reset() -> None:
    """At every start: a bite of the watchdog is a fault that nobody could note when it happened."""
    if machine.reset_cause() == machine.WDT_RESET:
        note("watchdog")


def in_loop() -> str:
    """The report, once the software has failed too often; "" otherwise."""
    return (report() or "?") if _recent() >= _LOOP else ""


def is_hopeless() -> bool:
    watch_reset()
    return _recent() >= _PLACES


def forgive() -> None:
    """Somebody has decided to try again: the report stays for the host, the count does not."""
    _put((0,) * _PLACES, report())


def forget() -> None:
    """The host has the report."""
    if report():
        _put(struct.unpack_from(_FORM, _memory(), len(_MARK)), "")
