# SPDX-License-Identifier: MIT
"""C5: the emulated board, driven through its port by the real mpremote program, and here and there by hand.

Programs on the board are a few lines; test_mpremote_shift.py has the whole firmware.
"""

import os
import pty
import random
import select
import subprocess
import time
import tty
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
import serial

from tests_host.serial.conftest import Plug
from tests_host.serial.mpremote import Mpremote
from tests_host.serial.programs import PATIENCE_S as _DEADLINE_S
from tests_host.serial.programs import program
from tools.emulator import Board, flash_image
from tools.emulator.live import LiveBoard

pytestmark = pytest.mark.long  # in real time: it wants the machine for itself

_BOOT = b"print('boot has run')\n"
_MAIN = b"import time\nprint('main has run')\nwhile True:\n    time.sleep(1)\n"


@pytest.fixture
def live(plug: Plug, tmp_path: Path) -> LiveBoard:
    """A board whose main.py goes on until it is interrupted."""
    return plug(flash_image(tmp_path / "flash", {"boot.py": _BOOT, "main.py": _MAIN}))


@pytest.fixture
def mpremote(live: LiveBoard) -> Mpremote:
    until(lambda: b"main has run" in live.serial_tail())
    return Mpremote(live.port)


def until(is_met: Callable[[], bool]) -> None:
    end_s = time.monotonic() + _DEADLINE_S
    while not is_met():
        assert time.monotonic() < end_s
        select.select([], [], [], 0.01)


class Terminal:
    """pyserial by hand."""

    def __init__(self, port: Path) -> None:
        self.line = serial.Serial(str(port), 115200, timeout=0.05, exclusive=True)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_error: object) -> None:
        self.line.close()

    def ask(self, data: bytes, end: bytes = b">>> ") -> bytes:
        """What is said after `data`, up to and including `end`."""
        self.line.write(data)
        return self.hear(end)

    def hear(self, end: bytes) -> bytes:
        heard = b""
        end_s = time.monotonic() + _DEADLINE_S
        while not heard.endswith(end):
            assert time.monotonic() < end_s, heard
            heard += self.line.read(max(1, self.line.in_waiting) if self.line.in_waiting else 1)
        return heard


@pytest.fixture
def terminal(live: LiveBoard) -> Iterator[Terminal]:
    """At the friendly REPL."""
    until(lambda: b"main has run" in live.serial_tail())
    with Terminal(live.port) as terminal:
        terminal.ask(b"\x03")
        yield terminal


# Snippets.


def test_exec_eval_and_what_goes_wrong(mpremote: Mpremote) -> None:
    assert mpremote("exec", "print(6 * 7)", "eval", "2 ** 40") == "42\n1099511627776\n"
    assert mpremote("eval", "'签到'") == "签到\n"
    failed = mpremote.run("exec", "print('before')\n1 / 0")
    assert failed.returncode != 0
    assert failed.stdout.splitlines()[:4] == [
        "before",
        "Traceback (most recent call last):",
        '  File "<stdin>", line 2, in <module>',
        "ZeroDivisionError: divide by zero",
    ]
    assert "SyntaxError" in mpremote.run("exec", "while").stdout
    assert mpremote("exec", "import sys, os\nprint(sys.platform, os.uname()[4])") == "esp32 ESP32 module with ESP32\n"


def test_run_a_file_of_the_computer(mpremote: Mpremote, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import time\nfor i in range(3):\n    print(i, '信号')\n    time.sleep_ms(200)\n" + "# long\n" * 500
    )
    assert mpremote("run", program) == "0 信号\n1 信号\n2 信号\n"


def test_a_program_is_interrupted_by_a_key(mpremote: Mpremote, live: LiveBoard) -> None:
    """Ctrl-C at the computer ends mpremote, not the program; the next command ends the program."""
    busy = mpremote.command("exec", "print('begun')\nwhile True: pass")
    with program(*busy, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline().strip() == b"begun"
        process.terminate()
        process.communicate()
    assert mpremote("eval", "1 + 1") == "2\n"
    assert live.call(lambda board: board.resets) == ["PWRON", "SOFT", "SOFT"]  # mpremote's own


# Files.


def test_files_there_and_back(mpremote: Mpremote, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(20_000)
    (tmp_path / "there.bin").write_bytes(data)
    mpremote("mkdir", ":data", "+", "cp", tmp_path / "there.bin", ":data/x.bin", "+", "cp", ":data/x.bin", ":y.bin")
    mpremote("cp", ":y.bin", tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == data
    assert [line.split() for line in mpremote("ls", ":data").splitlines()[1:]] == [["20000", "x.bin"]]
    (tmp_path / "note.txt").write_text("一行\r\n" + "第二行" * 200)
    mpremote("cp", tmp_path / "note.txt", ":")
    assert mpremote("cat", ":note.txt").endswith("第二行")
    mpremote("touch", ":empty", "+", "rm", ":note.txt", "+", "rm", "-r", ":data")
    names = {line.split()[-1] for line in mpremote("ls").splitlines()[1:]}
    assert {"empty", "y.bin"} < names and not names & {"note.txt", "data/"}
    refused = mpremote.run("cat", ":nothing")
    assert refused.returncode != 0 and "No such file" in refused.stderr


def test_a_tree_of_files(mpremote: Mpremote, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name in ("a.py", "lib/b.py", "lib/deep/c.py"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(f"NAME = {name!r}\n")
    mpremote("cp", "-r", tree, ":")
    assert mpremote("tree", ":tree").splitlines()[2:] == [
        "├── a.py",
        "└── lib",
        "    ├── b.py",
        "    └── deep",
        "        └── c.py",
    ]
    mpremote("exec", "import os\nos.chdir('tree')\nfrom lib.deep import c\nassert c.NAME == 'lib/deep/c.py'")
    mpremote("cp", "-r", ":tree", tmp_path / "back")
    assert (tmp_path / "back" / "lib" / "b.py").read_text() == "NAME = 'lib/b.py'\n"
    mpremote("rm", "-r", ":tree")
    assert mpremote.run("ls", ":tree").returncode != 0
    assert "VfsLfs2" in mpremote("df")


def test_a_folder_of_the_computer_is_mounted(mpremote: Mpremote, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "thing.py").write_text("import sys\nprint('imported')\ndef double(x): return 2 * x\n" + "#\n" * 400)
    (folder / "words.txt").write_text("第一行\n第二行\n")
    (folder / "job.py").write_text("print('ran in', __import__('os').getcwd())\n")
    code = """
        import os, thing
        print(thing.double(21), sorted(os.listdir()))
        with open("words.txt") as file:
            print(file.readlines()[1])
        with open("made.bin", "wb") as file:
            file.write(bytes(range(256)) * 3)
    """
    output = mpremote("mount", folder, "exec", dedent(code), "run", folder / "job.py")
    assert "imported\n42 ['job.py', 'thing.py', 'words.txt']\n第二行\n\n" in output
    assert output.endswith("ran in /remote\n")
    assert (folder / "made.bin").read_bytes() == bytes(range(256)) * 3
    assert "remote" not in mpremote("ls")


# The chip.


def test_the_clock_is_set_and_read(mpremote: Mpremote, live: LiveBoard) -> None:
    mpremote("rtc", "--set")
    set_at = datetime.now().replace(tzinfo=UTC)
    year, month, day, _, hour, minute, second, _ = (int(word) for word in mpremote("rtc").strip("()\n ").split(","))
    read = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    assert timedelta(seconds=-2) < read - set_at < timedelta(minutes=5)  # the board's time runs faster here
    assert live.call(lambda board: board.rtc.now) >= read


def test_soft_resets_and_what_they_keep(mpremote: Mpremote, live: LiveBoard) -> None:
    mpremote("exec", "x = 5")
    assert mpremote("resume", "eval", "x") == "5\n"
    said = len(live.serial_tail())
    mpremote("soft-reset")
    fresh = live.serial_tail()[said:]
    assert b"MPY: soft reboot" in fresh and b"boot has run" in fresh and b"main has run" not in fresh
    assert "NameError" in mpremote.run("resume", "eval", "x").stdout
    assert mpremote("exec", "import machine\nprint(machine.reset_cause() == machine.SOFT_RESET)") == "True\n"


def test_a_reset_starts_the_program(mpremote: Mpremote, live: LiveBoard) -> None:
    mpremote("exec", "print('here')")
    said = len(live.serial_tail())
    mpremote("reset")
    until(lambda: b"main has run" in live.serial_tail()[said:])
    assert live.call(lambda board: board.resets[-1]) == "HARD"
    mpremote("exec", "--no-follow", "import machine\nmachine.deepsleep(1000)")
    until(lambda: live.call(lambda board: board.resets[-1]) == "DEEPSLEEP")


def test_one_user_after_the_other(mpremote: Mpremote, live: LiveBoard) -> None:
    for number in range(3):
        assert mpremote("resume", "eval", number) == f"{number}\n"
    with Terminal(live.port) as terminal:
        busy = mpremote.run("eval", "1")
        assert busy.returncode != 0 and "in use" in busy.stderr + busy.stdout
        assert terminal.ask(b"\r\r").endswith(b">>> ")
    assert mpremote("disconnect", "connect", live.port, "eval", "7") == "7\n"


def test_its_own_repl(mpremote: Mpremote) -> None:
    """`mpremote repl` in a terminal window: type, soft reset, leave by Ctrl-]."""
    window, inside = pty.openpty()
    tty.setraw(inside)  # as mpremote does too, but after its first words
    try:
        with program(*mpremote.command("repl"), stdin=inside, stdout=inside, stderr=inside) as process:
            os.close(inside)
            for typed, expected in (
                (b"", b"Ctrl-x"),
                (b"\x03", b">>> "),
                (b"6 * 7\r", b"42\r\n>>> "),
                (b"\x04", b"main has run"),
                (b"\x03", b">>> "),
            ):
                os.write(window, typed)
                _read_until(window, expected)
            os.write(window, b"\x1d")
            assert process.wait(_DEADLINE_S) == 0
    finally:
        os.close(window)


def _read_until(fd: int, expected: bytes) -> None:
    seen = b""
    end_s = time.monotonic() + _DEADLINE_S
    while expected not in seen:
        assert time.monotonic() < end_s, seen
        if select.select([fd], [], [], 0.1)[0]:
            seen += os.read(fd, 1000)


# By hand.


def test_friendly_repl_by_hand(terminal: Terminal, live: LiveBoard) -> None:
    assert terminal.ask(b"\x02").split(b"\r\n")[2] == b'Type "help()" for more information.'
    assert terminal.ask(b"1 +\x08\x08\x08'a' * 3\r") == b"1 +\b\x1b[K\b\x1b[K\b\x1b[K'a' * 3\r\n'aaa'\r\n>>> "
    assert terminal.ask(b"for i in range(2):\rprint(i)\r\x08\r", b"1\r\n>>> ").startswith(
        b"for i in range(2):\r\n...     "
    )
    assert terminal.ask(b"\x05x = 1\r\nif x:\r\n    print('yes')\r\n\x04").endswith(b"\r\nyes\r\n>>> ")
    assert terminal.ask(b"\x1b[A\r").endswith(b">>> ")  # the history is empty of pastes: the loop's last line
    assert terminal.ask(b"name = input('who? ')\r\xe7me\rname\r", b"'me'\r\n>>> ")
    for code in (b"while True: pass", b"while True: open('boot.py').close()", b"if 1: import time; time.sleep(9999)"):
        terminal.ask(code + b"\r\r", b"... \r\n")
        until(lambda: live.call(lambda board: board.console.is_running))
        assert terminal.ask(b"\x03").endswith(b"KeyboardInterrupt: \r\n>>> ")


def test_raw_repl_by_hand(terminal: Terminal) -> None:
    assert terminal.ask(b"\x01", b">") == b"\r\nraw REPL; CTRL-B to exit\r\n>"
    assert terminal.ask(b"print('x')\x04", b"\x04>") == b"OKx\r\n\x04\x04>"
    assert terminal.ask(b"nothing\x03print(2)\x04", b"\x04>") == b"OK2\r\n\x04\x04>"
    fault = b'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\nValueError: bad\r\n'
    assert terminal.ask(b"raise ValueError('bad')\x04", b"\x04>") == b"OK\x04" + fault + b"\x04>"
    assert terminal.ask(b"import sys\nsys.stdout.buffer.write(b'a\\nb')\x04", b"\x04>") == b"OKa\nb\x04\x04>"
    assert terminal.ask(b"\x04", b"raw REPL; CTRL-B to exit\r\n>").startswith(
        b"OK\r\nMPY: soft reboot\r\nboot has run\r\n"
    )
    assert terminal.ask(b"raise SystemExit\x04", b"raw REPL; CTRL-B to exit\r\n>").startswith(
        b"OK\x04\x04MPY: soft reboot"
    )
    assert terminal.ask(b"\x02").startswith(b"\r\nMicroPython v1.")


def test_raw_paste_by_hand(terminal: Terminal) -> None:
    terminal.ask(b"\x01", b">")
    assert terminal.ask(b"\x05A\x01", b"\x01") == b"R\x01\x80\x00\x01"  # windows of 128 bytes, two of them
    terminal.line.write(b"#" * 127 + b"\n")
    assert terminal.line.read(1) == b"\x01"
    assert terminal.ask(b"print(3)\x04", b">") == b"\x043\r\n\x04\x04>"
    terminal.ask(b"\x05A\x01", b"\x01")
    assert b"KeyboardInterrupt" in terminal.ask(b"print(4)\x03", b"\x04>")
    assert terminal.ask(b"\x05B\x01", b">") == b"R\x00>"


def test_ctrl_c_is_a_byte_where_the_program_wants_it(terminal: Terminal, live: LiveBoard) -> None:
    terminal.line.write(b"import micropython, sys\rmicropython.kbd_intr(-1); sys.stdin.buffer.read(3)\r")
    terminal.hear(b"read(3)\r\n")
    assert terminal.ask(b"a\x03b") == b"b'a\\x03b'\r\n>>> "
    terminal.ask(b"sys.stdin.buffer.read(3)\r", b"\r\n")  # the REPL has turned it on again
    until(lambda: live.call(lambda board: board.console.is_running))
    assert terminal.ask(b"\x03").endswith(b"KeyboardInterrupt: \r\n>>> ")


def test_a_reader_that_does_not_read_holds_nothing_up(terminal: Terminal, live: LiveBoard) -> None:
    terminal.line.write(b"for i in range(20000): print(i, 'x' * 60)\r\r\r")
    until(lambda: b"19999 xx" in live.serial_tail())
    terminal.line.reset_input_buffer()
    terminal.line.close()
    with Terminal(live.port) as again:
        assert again.ask(b"\r1 + 1\r", b"2\r\n>>> ")


def test_nobody_answers_from_a_sleeping_board(mpremote: Mpremote, live: LiveBoard) -> None:
    live.call(Board.power_off)
    with Terminal(live.port) as terminal:
        terminal.line.write(b"\x03\r")
        assert terminal.line.read(10) == b""
    live.call(Board.power_on)
    until(lambda: b"main has run" in live.serial_tail()[-30:])
    assert mpremote("eval", "1") == "1\n"
