# SPDX-License-Identifier: MIT
"""A board in real time: its thread, its pace, its port, what is told of it; and `qiandao board` around it."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest
import serial

from tests_host.emulator.echo import EchoHost
from tests_host.emulator.test_link import TALK
from tests_host.serial.commands import bad
from tests_host.serial.mpremote import Mpremote
from tests_host.serial.programs import PATIENCE_S, program
from tools.emulator import Board, BoardError, flash_image
from tools.emulator.live import LiveBoard, LiveClosedError
from tools.errors import RefusedError

pytestmark = pytest.mark.long  # in real time: it wants the machine for itself

_BLINK = """
import machine, time
led = machine.Pin(19, machine.Pin.OUT)
while True:
    led(not led())
    time.sleep_ms(500)
"""


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    with Board(flash_image(tmp_path / "flash", {"boot.py": b"", "main.py": _BLINK.encode()})) as board:
        yield board


def test_time_never_runs_ahead(board: Board) -> None:
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    with LiveBoard(board, 10.0) as live:
        live.call(Board.power_on)
        live.call(lambda board: board.run(8000))
        passed_s = time.monotonic() - began_s
        assert live.call(lambda board: board.now_ms) <= (time.monotonic() - began_s) * 10_000
        assert passed_s >= 0.8
        assert time.process_time() - began_cpu_s < 0.3 * passed_s  # it waits, rather than look at the clock
    assert board.pacer is None
    before_ms = board.now_ms
    board.run(50_000)  # and now as fast as it can
    assert board.now_ms == before_ms + 50_000


def test_calls_and_what_they_raise(board: Board) -> None:
    with LiveBoard(board, 20.0) as live:
        assert live.call(lambda board: board.state) == "off"
        live.call(Board.power_on)
        with pytest.raises(BoardError, match="has power already"):
            live.call(Board.power_on)
        with pytest.raises(ZeroDivisionError):
            live.call(lambda _board: 1 // 0)
        assert live.call(lambda _board: live.call(lambda board: board.state)) == "running"  # within its own thread
    with pytest.raises(LiveClosedError):
        live.call(lambda board: board.state)
    live.close()


def test_closed_in_the_middle_of_a_call(board: Board) -> None:
    with LiveBoard(board, 1.0) as live:
        live.call(Board.power_on)
        closer = threading.Timer(0.1, live.close)
        closer.start()
        with pytest.raises(LiveClosedError):
            live.call(lambda board: board.run(3_600_000))
        closer.join(PATIENCE_S)
        assert not closer.is_alive()


def test_changes_are_told(board: Board) -> None:
    seen: list[tuple[float, float, float]] = []
    heard = bytearray()
    with LiveBoard(board, 10.0) as live:
        live.on_change(lambda board: seen.append(board.led.colour))
        live.on_serial(heard.extend)
        live.call(Board.power_on)
        assert live.call(lambda board: board.run_until(lambda: len(set(seen)) > 1, 60_000))
        live.call(lambda board: board.type_serial(b"\x03"))
        assert live.call(lambda board: board.run_until(lambda: heard.endswith(b">>> "), 60_000))
        assert b'  File "main.py"' in live.serial_tail() and b"\r\n" in heard


def test_what_no_chip_does_stops_the_board_and_is_told(tmp_path: Path) -> None:
    main = b"import machine\nmachine.Pin(6, machine.Pin.OUT)\n"  # the flash's own
    with (
        Board(flash_image(tmp_path / "flash", {"boot.py": b"", "main.py": main})) as board,
        LiveBoard(board, 20.0) as live,
    ):
        live.call(Board.power_on)
        with pytest.raises(BoardError, match="wired to the flash"):
            live.call(lambda board: board.run(2000))
        assert live.call(lambda board: board.state) == "off"
        assert "wired to the flash" in live.fault and live.fault.encode() in live.serial_tail()


def test_the_link_leads_to_the_port_while_there_is_one(board: Board, tmp_path: Path) -> None:
    link = tmp_path / "port"
    with LiveBoard(board, 20.0, link) as live:
        assert link.readlink() == live.port
        with serial.Serial(str(link), timeout=0.05) as line:
            live.call(Board.power_on)
            assert line.read(1) == b""
    assert not link.is_symlink()
    link.write_text("mine")
    with pytest.raises(RefusedError, match="choose another"):
        LiveBoard(board, link=link)
    assert link.read_text() == "mine"


@pytest.mark.parametrize("delay_s", [1.5, 0.0])
def test_a_slow_host_seems_no_slower_than_it_is(tmp_path: Path, delay_s: float) -> None:
    """The chip waits for 5 s, which at this pace alone were a quarter of a real one; silence it notices too."""
    main = TALK if delay_s else TALK.replace("b'two'", "b'hush'")
    files = {"boot.py": b"", "main.py": dedent(main).encode()}
    with EchoHost(delay_s=delay_s) as host, Board(flash_image(tmp_path / "flash", files)) as board:
        board.link.route(("10.0.0.5", 5000), host.address)
        with LiveBoard(board, 20.0) as live:
            live.call(Board.power_on)
            assert live.call(lambda board: board.run_until(lambda: b"end" in board.serial, 600_000))
            assert (b"timeout" in live.serial_tail()) == (not delay_s), live.serial_tail()


# The command.


class _Command:
    """`qiandao board` in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.port = self.line().removeprefix("port ")

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self, words: str = "") -> tuple[str, str, int]:
        output, errors = self.process.communicate(words, timeout=PATIENCE_S)
        return output, errors, self.process.returncode


@contextmanager
def _command(flash: Path, *options: object) -> Iterator[_Command]:
    words = [sys.executable, "-m", "tools.cli", "board", "--flash", str(flash), "--pace", "20", *map(str, options)]
    pipe = subprocess.PIPE
    with program(*words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield _Command(process)


def test_the_command_runs_a_board_that_a_script_and_mpremote_handle(tmp_path: Path) -> None:
    flash, link = tmp_path / "board.flash", tmp_path / "port"
    flash_image(flash, {"boot.py": b"", "main.py": b""})
    with _command(flash, "--link", link) as command:
        assert command.port == str(link)
        assert Mpremote(link)("exec", "open('kept', 'w').write('x')") == ""
        assert "in use" in bad("board", "--flash", flash)
        output, errors, code = command.end("picture now\nfly away\npower off\n")
    assert (code, link.is_symlink()) == (0, False)
    assert "now    LED off" in output
    assert errors.startswith("fly away: ") and errors.count("\n") == 1
    with _command(flash) as again:
        assert "kept" in Mpremote(Path(again.port))("ls")
        again.process.send_signal(signal.SIGTERM)
        assert again.end() == ("", "", 0)


def test_the_command_makes_boards(tmp_path: Path) -> None:
    fresh, bare = tmp_path / "fresh", tmp_path / "bare"
    for flash, option in ((fresh, "--new"), (bare, "--erased")):
        with _command(flash, option) as command:
            assert command.end()[2] == 0
    assert set(bare.read_bytes()) == {0xFF}
    assert b"firmware" in fresh.read_bytes()
    assert "exists already" in bad("board", "--flash", fresh, "--new")


def test_the_command_refuses_in_one_line(tmp_path: Path) -> None:
    flash = flash_image(tmp_path / "flash", {})
    (tmp_path / "short").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"x")
    assert "does not exist" in bad("board", "--flash", tmp_path / "none")
    assert "exclude each other" in bad("board", "--flash", tmp_path / "none", "--new", "--erased")
    assert "bytes long" in bad("board", "--flash", tmp_path / "short")
    assert "SEEN=REAL" in bad("board", "--flash", flash, "--route", "10.0.0.1:1")
    assert "choose another --link" in bad("board", "--flash", flash, "--link", tmp_path / "file")
    assert "choose another --link" in bad("board", "--flash", flash, "--link", tmp_path / "no" / "where")
    assert "--pace" in bad("board", "--flash", flash, "--pace", "0")
