# SPDX-License-Identifier: MIT
"""The wire between the board and the interpreter: operation numbers, what is asked and answered.

The chip's end is modules/_rpc.py, the board's is interpreter.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

MODULES = Path(__file__).parent / "modules"
REAL_TIME_LIMIT_S = 20.0


class Op(IntEnum):
    """What the chip asks of the board."""

    SYNC = 1
    WAIT = 2
    SLEEP = 3
    IRQ_NEXT = 4
    EXIT = 5
    PROGRAM = 6
    SEED = 7
    PIN_INIT = 10
    PIN_GET = 11
    PIN_SET = 12
    PIN_IRQ = 13
    PWM = 14
    ADC = 16
    I2C_WRITE = 20
    I2C_READ = 21
    I2C_INIT = 22
    FLASH_READ = 30
    FLASH_PROGRAM = 31
    FLASH_ERASE = 32
    NVS_OPEN = 40
    NVS_GET_I32 = 41
    NVS_SET_I32 = 42
    NVS_GET_BLOB = 43
    NVS_SET_BLOB = 44
    NVS_ERASE = 45
    NVS_COMMIT = 46
    RTC_GET = 50
    RTC_SET = 51
    RTCMEM_GET = 52
    RTCMEM_SET = 53
    RESET = 54
    CHIP_SLEEP = 55
    WDT = 56
    FEED = 57
    CAUSE = 58
    EXT0 = 59
    URANDOM = 60
    TIMER = 61
    MAC = 62
    WLAN_ACTIVE = 70
    WLAN_CONNECT = 71
    WLAN_DISCONNECT = 72
    WLAN_STATUS = 73
    WLAN_CONFIG = 74
    WLAN_SCAN = 76
    WLAN_IFCONFIG = 77
    SOCK_NEW = 80
    SOCK_CONNECT = 81
    SOCK_SEND = 82
    SOCK_RECV = 83
    SOCK_CLOSE = 84
    RESOLVE = 85
    CONSOLE_MODE = 90
    CONSOLE_READ = 91
    CONSOLE_WRITE = 92


POSTED = {Op.PIN_SET}
"""Nobody waits for their answers."""


class BoardError(Exception):
    """Something a script must not pass over; the text ends with the last of the serial output."""


@dataclass(slots=True)
class Request:
    """One call of the chip; `spent_us` is what its Python code took since the answer before."""

    op: int
    a: int
    b: int
    spent_us: int
    data: bytes


@dataclass(slots=True)
class Reply:
    """What the board answers, after `cost_us` in which no Python runs on the chip."""

    result: int = 0
    data: bytes = b""
    cost_us: int = 0


def share_core() -> set[int]:
    """Put this thread on one core; the interpreter inherits it.  The two never run at once, and a hand-over within
    a core is three times faster than one between cores.  Returns what to restore."""
    before = os.sched_getaffinity(0)
    cores = sorted(before)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    index = int(worker[2:]) if worker.startswith("gw") else os.getpid()
    os.sched_setaffinity(0, {cores[index % len(cores)]})
    return before


@cache
def word_bits(command: tuple[str, ...]) -> int:
    """32 or 64: the interpreter's word size, hence the size of its objects."""
    done = subprocess.run(
        [*command, "-c", "import sys; print(sys.maxsize)"], capture_output=True, text=True, timeout=20, check=True
    )
    return 32 if int(done.stdout) < 1 << 32 else 64


def find_interpreter() -> list[str]:
    """The command of the real MicroPython: $MICROPYTHON, or what tools.setup has fetched."""
    if path := os.environ.get("MICROPYTHON"):
        return [path]
    from tools.setup import micropython

    return [str(micropython.find())]


if sys.platform != "linux":
    raise BoardError("the emulated board needs Linux (memfd, CPU affinity, the i386 or amd64 interpreter)")
