# SPDX-License-Identifier: MIT
"""docs/emulated-board.md, time, os, sys, gc, micropython, vfs and socket; timers and the loop on the board's clock."""

from pathlib import Path

import pytest

from tests_host.emulator.behaviour import Rows, new_board, rows_of, told
from tools.emulator import BoardError

_CODE = """
import gc, io, micropython, os, socket, sys, time, vfs
row("epoch", [time.gmtime(0), time.mktime((2000, 1, 1, 0, 0, 0, 5, 1)), time.localtime(86400)[2]])
row("mktime", [time.mktime((2026, 13, 1, 0, 0, 70, 0, 0)), fault(time.mktime, (2000, 1, 1, 0, 0, 0, 0))])
row("time-since-power-on", [type(time.time()) is int, 0 <= time.time() < 3, type(time.time_ns()) is int])
row("ticks", [time.ticks_add(0, -1), time.ticks_diff(0, time.ticks_add(0, -1)), time.ticks_diff(3, 5)])
def taken(work, *args):
    a = time.ticks_us(); work(*args); return time.ticks_diff(time.ticks_us(), a) // 100
row("sleeps", [taken(time.sleep_ms, 30), taken(time.sleep_us, 500), taken(time.sleep, 0.25), taken(time.sleep_ms, 0)])
row("urandom", [len(os.urandom(16)), str(os.urandom(0)), os.urandom(16) != os.urandom(16)])
row("uname", [os.uname()[0], os.uname()[1], os.uname()[4]])
missing = [fault(what, "/none") for what in (open, os.remove, os.stat)]
row("files", missing + [os.statvfs("/")[0], "boot.py" in os.listdir("/")])
text = io.StringIO(); sys.print_exception(ValueError("why"), text); row("print-exception", text.getvalue())
row("modules", ["machine" in sys.modules, "no_such" in sys.modules])
row("path", [p for p in sys.path])
row("input", [hasattr(sys.stdin, "buffer"), hasattr(sys.stdin, "read")])
gc.collect(); row("gc", [gc.mem_free() > 60000, gc.mem_alloc() > 0, gc.threshold()])
gc.threshold(4096); row("gc-threshold", gc.threshold())
row("const", micropython.const(7))
row("kbd-intr", micropython.kbd_intr(-1))
run = []
micropython.schedule(run.append, 1)
for _ in range(3): time.ticks_ms()
row("schedule", run)
row("vfs", [type(vfs.VfsLfs2).__name__, fault(vfs.umount, "/nowhere")])
s = socket.socket()
row("socket-new", [s.ioctl(3, 4), fault(s.recv, 1), fault(s.send, b"x")])
row("socket-addresses", fault(socket.getaddrinfo, "10.0.0.5", 443, 0, socket.SOCK_STREAM))
row("socket-no-name", fault(socket.getaddrinfo, "host.example", 443))
row("socket-no-route", fault(s.connect, ("10.0.0.5", 443)))
s.close(); row("socket-closed", [fault(s.recv, 1), s.close()])
many = []
row("socket-limit", [fault(lambda: [many.append(socket.socket()) for _ in range(20)]), len(many)])
"""
ROWS: Rows = {
    "epoch": [[2000, 1, 1, 0, 0, 0, 5, 1], 0, 2],
    "mktime": [852076870, "TypeError('mktime needs a tuple of length 8 or 9 (7 given)',)"],
    "time-since-power-on": [True, True, True],
    "ticks": [(1 << 30) - 1, 1, -2],
    "sleeps": [300, 5, 2500, 0],
    "urandom": [16, "b''", True],
    "uname": ["esp32", "esp32", "ESP32 module with ESP32"],
    "files": ["OSError(2,)", "OSError(2,)", "OSError(2,)", 4096, True],
    "print-exception": "ValueError: why\n",
    "modules": [True, False],
    "path": ["", ".frozen", "/lib"],
    "input": [True, True],
    "gc": [True, True, -1],
    "gc-threshold": 4096,
    "const": 7,
    "kbd-intr": None,
    "schedule": [1],
    "vfs": ["type", "OSError(22,)"],
    "socket-new": [4, "OSError(107,)", "OSError(107,)"],
    "socket-addresses": [[2, 1, 0, "10.0.0.5", ["10.0.0.5", 443]]],
    "socket-no-name": "OSError(-202,)",
    "socket-no-route": "OSError(113,)",
    "socket-closed": ["OSError(9,)", None],
    "socket-limit": ["OSError(23,)", 8],
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    with new_board(tmp_path_factory.mktemp("system")) as board:
        return told(board, _CODE)


@pytest.mark.parametrize("name", ROWS)
def test_row(rows: Rows, name: str) -> None:
    assert rows[name] == ROWS[name]


def test_an_exception_in_boot_keeps_main_away_and_one_in_main_leaves_the_prompt(tmp_path: Path) -> None:
    with new_board(tmp_path, "raise KeyError('lost')") as board:
        board.power_on()
        board.run(1500)
        assert b"KeyError: lost" in board.serial
        assert board.serial.endswith(b">>> ")
        assert board.state == "running"


_TIMERS = """
import time
from machine import Timer
ticks = []
t = Timer(0, mode=Timer.PERIODIC, period=100, callback=ticks.append)
once = []
Timer(1, mode=Timer.ONE_SHOT, period=50, callback=once.append)
Timer(2, freq=20, callback=lambda t: once.append(2))
time.sleep_ms(1020)
row("periodic", len(ticks)); row("argument", ticks[0] is t)
row("once", len(once) > once.count(2) and once.count(2))
t.deinit(); time.sleep_ms(300); row("stopped", len(ticks))
"""


def test_timers_are_soft_and_periodic_by_default(tmp_path: Path) -> None:
    with new_board(tmp_path, _TIMERS) as board:
        board.power_on()
        board.run(3000)
        assert rows_of(board.serial.decode()) == {"periodic": 10, "argument": True, "once": 20, "stopped": 10}


def test_a_board_that_is_switched_off_answers_no_exec_twice(tmp_path: Path) -> None:
    with new_board(tmp_path) as board:
        board.power_on()
        with pytest.raises(BoardError):
            board.exec("pass")


def test_same_seed_same_noise_and_random_bytes(tmp_path: Path) -> None:
    code = "import os, machine; row('all', [list(os.urandom(8)), machine.ADC(35, atten=3).read_uv()])"

    def run(seed: int) -> Rows:
        with new_board(tmp_path, seed=seed) as board:
            return told(board, code)

    assert run(4) == run(4) != run(5)
