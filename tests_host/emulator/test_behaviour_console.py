# SPDX-License-Identifier: MIT
"""docs/emulated-board.md, console and REPL: what the port says to what is typed, byte for byte, in virtual time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest

from tools.emulator import Board, flash_image
from tools.emulator.console import Console

PROMPT = b">>> "
RAW = b"raw REPL; CTRL-B to exit\r\n>"


class Line:
    """The other end of the cable."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._heard = bytearray()
        board.console.on_output.append(self._heard.extend)

    def ask(self, data: bytes = b"", ms: int = 20) -> bytes:
        """What the board says within so much of its time."""
        self.heard()
        self.board.type_serial(data)
        self.board.run(ms)
        return self.heard()

    def heard(self) -> bytes:
        self.board.console.drain()
        data = bytes(self._heard)
        self._heard.clear()
        return data


NewLine = Callable[..., Line]


@pytest.fixture
def new_line(tmp_path: Path) -> Iterator[NewLine]:
    """`new_line(main="", boot="")`: a board with these programs, just switched on."""
    with ExitStack() as boards:

        def make(main: str = "", boot: str = "") -> Line:
            flash = tmp_path / f"flash{len(list(tmp_path.iterdir()))}"
            files = {"boot.py": boot.encode(), "main.py": dedent(main).encode()}
            line = Line(boards.enter_context(Board(flash_image(flash, files))))
            line.board.power_on()
            return line

        yield make


@pytest.fixture
def line(new_line: NewLine) -> Line:
    """At the prompt, after boot.py and an empty main.py."""
    line = new_line(boot="print('boot')")
    line.ask(ms=1000)
    return line


# The prompt.


def test_the_prompt_comes_after_the_programs(new_line: NewLine) -> None:
    line = new_line("print('a\\nb')\nx = 7\n1 / 0", "y = 1")
    said = line.ask(ms=1000).split(b"\r\n")
    assert said[:2] == [b"a", b"b"]
    assert said[2:5] == [b"Traceback (most recent call last):", b'  File "main.py", line 3, in <module>', said[4]]
    assert said[5].startswith(b"MicroPython v1.") and said[5].endswith(b"; Generic ESP32 module with ESP32")
    assert said[6:] == [b'Type "help()" for more information.', PROMPT]
    assert line.ask(b"x, y, __name__\r") == b"x, y, __name__\r\n(7, 1, '__main__')\r\n>>> "
    assert (line.board.state, line.board.is_idle) == ("running", True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param(b"\r", b"\r\n>>> ", id="nothing"),
        pytest.param(b"1\r", b"1\r\n1\r\n>>> ", id="expression"),
        pytest.param(b"x = 1; _\r", b"x = 1; _\r\nTraceback (most recent call last):\r\n", id="fault"),
        pytest.param(b"abc\x03", b"abc\r\n>>> ", id="ctrl-c"),
        pytest.param(b"(1,\r2)\r", b"(1,\r\n... 2)\r\n(1, 2)\r\n>>> ", id="bracket"),
        pytest.param(b"'''a\rb'''\r", b"'''a\r\n... b'''\r\n'a\\nb'\r\n>>> ", id="long-string"),
        pytest.param(b"'('\r", b"'('\r\n'('\r\n>>> ", id="bracket-in-string"),
        pytest.param(b"1 + \\\r2\r", b"1 + \\\r\n... 2\r\n3\r\n>>> ", id="backslash"),
        pytest.param(b"if 1:\r5\r\x7f\r", b"if 1:\r\n...     5\r\n...     \b\b\b\b\x1b[K\r\n5\r\n>>> ", id="block"),
        pytest.param(b"if 1:\r5\r\x03", b"if 1:\r\n...     5\r\n...     \r\n>>> ", id="block-given-up"),
        pytest.param(b"ab\x1b[D\x1b[DX\r", b"ab\b\bXab\b\b\r\n", id="cursor"),
        pytest.param(b"ab\x01X\x05Y\x08\r", b"ab\b\bXab\b\babY\b\x1b[K\r\n", id="home-end"),
        pytest.param(b"7\r\x1b[A\r", b"7\r\n7\r\n>>> 7\r\n7\r\n>>> ", id="history"),
        pytest.param(b"impor\t machine\r", b"impor", id="tab"),
        pytest.param(b"value = 3\rval\t\r", b"value = 3\r\n>>> value\r\n3\r\n>>> ", id="tab-completes"),
        pytest.param(
            b"\x05x = [\r1]\rprint(x)\x04",
            b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== x = [\r\n=== 1]\r\n=== print(x)\r\n[1]\r\n>>> ",
            id="paste",
        ),
        pytest.param(
            b"\x05x\x03", b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== x\r\n>>> ", id="no-paste"
        ),
        pytest.param(b"import sys; sys.stdout.buffer.write(b'\\n')\r", b"'\\n')\r\n\n1\r\n>>> ", id="binary-output"),
        pytest.param(b"input('? ')\rme\r", b"input('? ')\r\n? me\r\n'me'\r\n>>> ", id="input"),
        pytest.param(b"input('? ')\r\x04", b"EOFError: \r\n>>> ", id="input-ended"),
    ],
)
def test_friendly(line: Line, typed: bytes, said: bytes) -> None:
    heard = line.ask(typed)
    assert said in heard and (heard.startswith(said) or heard.endswith(said)), heard


def test_a_waiting_prompt_takes_no_time_and_no_work(line: Line) -> None:
    before = line.board.requests
    line.board.run(3_600_000)
    assert line.board.requests - before <= 1


def test_what_is_typed_ahead_is_for_the_program(line: Line) -> None:
    assert line.ask(b"import sys; print(sys.stdin.read(4))\rabcd1 + 1\r").endswith(b"abcd\r\n>>> 1 + 1\r\n2\r\n>>> ")


# Raw.


def test_raw(line: Line) -> None:
    assert line.ask(b"\x01") == b"\r\n" + RAW
    assert line.ask(b"print(1)\nx = 2\x04") == b"OK1\r\n\x04\x04>"
    assert line.ask(b"never\x03x\x04") == b"OK\x04\x04>"
    assert line.ask(b"x\n1 / 0\x04").startswith(b"OK\x04Traceback (most recent call last):\r\n")
    assert line.ask(b"\x01") == RAW
    assert line.ask(b"\x02").startswith(b"\r\nMicroPython v")
    assert line.ask(b"x\r").endswith(b"2\r\n>>> ")


def test_raw_paste(line: Line) -> None:
    line.ask(b"\x01")
    assert line.ask(b"\x05A\x01") == b"R\x01\x80\x00\x01"
    assert line.ask(b"#" * 127) == b""
    assert line.ask(b"#") == b"\x01"
    assert line.ask(b"#" * 300) == b"\x01\x01"
    assert line.ask(b"\nprint(2)\x04") == b"\x042\r\n\x04\x04>"
    assert line.ask(b"\x05B\x01") == b"R\x00>"
    assert line.ask(b"\x05A\x01x\x03") == b"R\x01\x80\x00\x01\x04\x04KeyboardInterrupt: \r\n\x04>"


# Soft resets.


@pytest.mark.parametrize("how", [b"\x04", b"import machine; machine.soft_reset()\r", b"raise SystemExit\r"])
def test_a_soft_reset_of_the_friendly_prompt_runs_both_programs(new_line: NewLine, how: bytes) -> None:
    line = new_line("print('main')", "print('boot')")
    line.ask(ms=1000)
    assert b"MPY: soft reboot\r\nboot\r\nmain\r\nMicroPython v" in line.ask(how, 500)
    assert line.board.resets == ["PWRON", "SOFT"]


@pytest.mark.parametrize("how", [b"\x04", b"import machine\nmachine.soft_reset()\x04", b"raise SystemExit\x04"])
def test_a_soft_reset_of_the_raw_prompt_stays_there_and_leaves_main_out(new_line: NewLine, how: bytes) -> None:
    line = new_line("print('main')", "print('boot')")
    line.ask(ms=1000)
    line.ask(b"\x01")
    assert line.ask(how, 500).endswith(b"MPY: soft reboot\r\nboot\r\n" + RAW)
    assert b"soft reboot\r\nboot\r\nmain" in line.ask(b"\x02") + line.ask(b"\x04", 500)


def test_a_program_that_ends_itself_starts_again(new_line: NewLine) -> None:
    line = new_line("import machine\nif machine.reset_cause() == 1: raise SystemExit\nprint('again')")
    assert b"MPY: soft reboot\r\nagain" in line.ask(ms=2000)


def test_a_hard_reset_forgets_the_raw_prompt(new_line: NewLine) -> None:
    line = new_line("print('main')")
    line.ask(ms=1000)
    line.ask(b"\x01")
    assert b"main\r\n" in line.ask(b"import machine\nmachine.reset()\x04", 1000)


def test_bytes_that_wait_outlive_a_soft_reset(line: Line) -> None:
    assert line.ask(b"\x041 + 1\r", 500).endswith(b">>> 1 + 1\r\n2\r\n>>> ")


# Ctrl-C.


LOOPS = {
    "asleep": "import time\nwhile True: time.sleep(100)",
    "asyncio": "import asyncio\nasyncio.run(asyncio.sleep(1000))",
    "pins": "import machine\np = machine.Pin(4, machine.Pin.IN)\nwhile True: p()",
    "clock": "import time\nwhile True: time.ticks_ms()",
    "posted": "import machine\np = machine.Pin(4, machine.Pin.OUT)\nwhile True: p(1)",
}


@pytest.mark.parametrize("loop", LOOPS)
def test_ctrl_c_ends_what_goes_on(new_line: NewLine, loop: str) -> None:
    line = new_line(LOOPS[loop])
    line.ask(ms=400)
    said = line.ask(b"\x03", 50)
    assert said.endswith(PROMPT), said
    assert line.ask(b"1\r").endswith(b"1\r\n>>> ")


def test_ctrl_c_can_be_caught(new_line: NewLine) -> None:
    code = "import time\nfor i in range(2):\n    try: time.sleep(100)\n    except KeyboardInterrupt: print('caught', i)"
    line = new_line(code)
    line.ask(ms=1000)
    assert line.ask(b"\x03") == b"caught 0\r\n"
    assert line.ask(b"\x03").startswith(b"caught 1\r\nMicroPython")


def test_a_traceback_shows_the_program_and_not_the_emulator(new_line: NewLine) -> None:
    line = new_line(LOOPS["asleep"])
    line.ask(ms=1000)
    said = line.ask(b"\x03").split(b"\r\n")
    trace = [b"Traceback (most recent call last):", b'  File "main.py", line 2, in <module>', b"KeyboardInterrupt: "]
    assert said[:3] == trace


def test_kbd_intr_makes_it_a_byte(new_line: NewLine) -> None:
    """platform.md: in service a byte on the serial port stops nothing; the prompt turns it on again."""
    line = new_line(
        """
            import asyncio, micropython, sys
            micropython.kbd_intr(-1)
            async def main():
                reader = asyncio.StreamReader(sys.stdin.buffer)
                for _ in range(3): print(await reader.read(1))
            asyncio.run(main())
        """
    )
    line.ask(ms=1000)
    assert line.ask(b"a\x03b").startswith(b"b'a'\r\nb'\\x03'\r\nb'b'\r\nMicroPython")
    line.ask(b"import time; time.sleep(100)\r")
    assert b"KeyboardInterrupt" in line.ask(b"\x03")


# sys.stdin of a program.


STREAM = """
import asyncio, sys, time
async def other():
    while True:
        await asyncio.sleep_ms(5)
async def main():
    asyncio.create_task(other())
    reader = asyncio.StreamReader(sys.stdin.buffer)
    while True:
        print("got", await reader.readline(), time.ticks_ms())
asyncio.run(main())
"""


def test_a_stream_on_stdin_costs_no_calls_and_no_time(new_line: NewLine) -> None:
    line = new_line(STREAM)
    line.ask(ms=1000)
    before = line.board.requests
    assert line.ask(ms=1000) == b""
    assert line.board.requests - before < 450  # 200 wakings of the other task
    assert line.ask(b"x\n", 1) == b"got b'x\\n' 1750\r\n"
    assert line.ask(b"yz\n", 1) == b"got b'yz\\n' 1751\r\n"


def test_polling_stdin(line: Line) -> None:
    line.ask(b"import sys, select; p = select.poll(); p.register(sys.stdin.buffer, select.POLLIN); len(p.poll(0))\r")
    assert line.ask(b"len(p.poll(0)), sys.stdin.buffer.read(3)\rabc").endswith(b"(1, b'abc')\r\n>>> ")


# The line.


def test_at_its_speed_and_into_a_ring_buffer(line: Line) -> None:
    console: Console = line.board.console
    console.baud = 115_200
    line.ask(b"import time, sys; time.sleep(1); len(sys.stdin.buffer.read(259))\r", 30)
    line.board.type_serial(b"x" * 1000)
    line.board.run(1)
    assert 800 < console.backlog <= 1000
    line.board.run(500)
    assert (console.backlog, console.lost) == (0, 1000 - 259)
    assert line.ask(ms=1000).startswith(b"259\r\n>>> ")


def test_nobody_hears_while_the_chip_sleeps(new_line: NewLine) -> None:
    line = new_line("import machine\nif machine.reset_cause() == 1: machine.deepsleep(5000)")
    line.ask(ms=1000)
    assert line.ask(b"print(5)\r", 1000) == b""
    assert b"print" not in line.ask(ms=5000)
