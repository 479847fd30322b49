# SPDX-License-Identifier: MIT
"""`qiandao console`: log, screen and keys in a terminal and without one; it outlives restarts and pulled cables."""

import asyncio
import base64
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from click.testing import CliRunner, Result
from textual.pilot import Pilot
from textual.widgets import Input, RichLog, Static

from tests_host.serial.peer import Peer
from tests_host.serial.programs import PATIENCE_S, program
from tools import console_feed
from tools.cli import main
from tools.console_app import ConsoleApp
from tools.console_feed import Connected, Event, Feed, Log, Lost, Reply, Restarted, Silent
from tools.console_words import keys_of

_WAIT_S = 20.0
_BITS = base64.b64encode(b"\xff" + bytes(1023)).decode()  # one column of the first page
_ROWS = ["\ue000终端已锁定", "请签到"]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_RETRY_S", 0.05), ("_STATUS_S", 0.2), ("_SCREEN_S", 0.3), ("_PATIENCE_S", 0.3)):
        monkeypatch.setattr(console_feed, name, value)
    monkeypatch.setattr(console_feed, "_SLICE_S", 0.01)


class Terminal:
    """What the far end answers, and which keys it was given."""

    def __init__(self, is_bench: bool = True) -> None:
        self.is_bench = is_bench
        self.is_awake = True
        self.keys: list[str] = []
        self.heard: list[str] = []

    def __call__(self, name: str, arguments: list[str]) -> dict[str, Any] | None:
        if not self.is_awake:
            return None
        if name not in ("status", "screen"):
            self.heard.append(" ".join([name, *arguments]))
        if name == "status":
            screen = {"icon": True, "reason": "sign_in"}
            state = {"locked": True, "reason": "sign_in", "state": "signed_out", "led": "steady red", "screen": screen}
            return {"tid": "10000001", "level": "bench" if self.is_bench else "counter", **state}
        if name in ("screen", "key") and not self.is_bench:
            return {"ok": False, "error": "level", "do": "provision it as bench"}
        if name == "key":
            self.keys += arguments
        return {"rows": _ROWS, "bits": _BITS} if name == "screen" else {}


class Ear:
    """Takes a feed's events in; waits for one with a deadline."""

    def __init__(self) -> None:
        self.events: SimpleQueue[Event] = SimpleQueue()

    def wait_for(self, kind: type[Event], **wanted: object) -> Any:
        seen = []
        deadline = threading.Event()
        timer = threading.Timer(_WAIT_S, deadline.set)
        timer.start()
        try:
            while not deadline.is_set():
                try:
                    event = self.events.get(timeout=0.1)
                except Empty:
                    continue
                seen.append(event)
                if isinstance(event, kind) and all(getattr(event, name) == value for name, value in wanted.items()):
                    return event
        finally:
            timer.cancel()
        raise AssertionError(f"no {kind.__name__} {wanted} among {seen}")


def test_w6_log_lines_and_answers_are_told_apart() -> None:
    """Bench: the console's own looking is not mixed with what was asked; noise and other JSON are log."""
    ear = Ear()
    with Peer(Terminal()) as peer, Feed(peer.port, ear.events.put) as feed:
        ear.wait_for(Connected)
        assert ear.wait_for(Reply, is_asked=False).answer["re"] == "status"
        assert ear.wait_for(Reply, is_asked=False).answer["re"] == "screen"
        peer.say(b'120 wifi up\r\n{"not": "an answer"}\n{"re": half\n\xff\xfe\n')
        ear.wait_for(Log, text="120 wifi up")
        ear.wait_for(Log, text='{"not": "an answer"}')
        ear.wait_for(Log, text='{"re": half')
        feed.send("@health")
        assert ear.wait_for(Reply, is_asked=True).answer["re"] == "health"
        for bad in ("health", "@", "@ x", "@key " + "5" * 100, "@key 5\n@key 6"):
            with pytest.raises(ValueError, match="request"):
                feed.send(bad)
        assert not feed.has_open_requests


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        (b"90000 wifi up\n350 boot PWRON\n", ""),
        (b"90000 wifi up\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\n", "POWERON_RESET"),
        (b"90000 wifi up\nMPY: soft reboot\n", "soft reboot"),
        (b"200 selftest P01 display ok\n", ""),
    ],
)
def test_w6_a_restart_is_noticed(lines: bytes, cause: str) -> None:
    """Bench: by the chip's own words, or by a log that begins anew; once."""
    ear = Ear()
    with Peer(Terminal()) as peer, Feed(peer.port, ear.events.put):
        ear.wait_for(Connected)
        peer.say(lines + b"400 selftest P01\n90100 wifi up\n1073741000 wifi up\n5 wifi up\nend\n")
        assert ear.wait_for(Restarted).cause == cause
        ear.wait_for(Log, text="90100 wifi up")
        events = [ear.wait_for(Log), ear.wait_for(Log), ear.wait_for(Log)]
        assert [event.text for event in events] == ["1073741000 wifi up", "5 wifi up", "end"]


def test_w6_a_terminal_that_falls_asleep_and_wakes() -> None:
    """Bench: said once each way; what was asked meanwhile is told to be unanswered."""
    ear, terminal = Ear(), Terminal()
    with Peer(terminal) as peer, Feed(peer.port, ear.events.put) as feed:
        ear.wait_for(Reply, is_asked=False)
        terminal.is_awake = False
        ear.wait_for(Silent, is_silent=True)
        feed.send("@health")
        assert ear.wait_for(Reply, is_asked=True).answer["error"] == "silence"
        terminal.is_awake = True
        ear.wait_for(Silent, is_silent=False)


def test_w6_a_pulled_cable_is_outlived(tmp_path: Path) -> None:
    """Bench: the port is opened again when it is back; keys typed meanwhile are not sent later."""
    ear, terminal = Ear(), Terminal()
    link = tmp_path / "board"
    with Peer(terminal, cut_after=60) as peer:
        link.symlink_to(peer.port)
        with Feed(str(link), ear.events.put) as feed:
            feed.send("@health")
            ear.wait_for(Connected)
            assert "cable" in ear.wait_for(Lost).reason
            feed.send("@key 5")
            link.unlink()
            with Peer(terminal) as other:
                link.symlink_to(other.port)
                ear.wait_for(Connected)
                feed.send("@key 6")
                ear.wait_for(Reply, is_asked=True)
    assert terminal.keys == ["6"]


def test_w6_lines_of_keys() -> None:
    """Bench: by their names or their signs."""
    assert keys_of("0 0 1 enter * MENU d cl") == ["0", "0", "1", "D", "*", "A", "D", "CL"]
    assert keys_of("") is None and keys_of("@status") is None and keys_of("12") is None


# Without a terminal to draw on.


def _run(*arguments: str, text: str = "") -> Result:
    result = CliRunner().invoke(main, ["console", *arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def test_w6_plain_form_takes_requests_and_keys_from_its_input(tmp_path: Path) -> None:
    """Bench: answers in order, a picture as its text, all lines in the log with their times; zero if all is done."""
    log, terminal = tmp_path / "bench.log", Terminal()
    with Peer(terminal) as peer:
        result = _run("--serial", peer.port, f"--log={log}", text="help\n@health\n0 1 ENTER\n\n@screen\n")
    assert result.exit_code == 0
    assert terminal.keys == ["0", "1", "D"]
    assert result.stdout.index('"re": "health"') < result.stdout.index('"re": "key"') < result.stdout.index("请签到")
    assert "|[lock]终端已锁定|\n|请签到          |\n" in result.stdout
    assert "-- connected" in result.stdout and "@journal N" in result.stdout
    lines = log.read_text("utf-8").splitlines()
    assert len(lines) == 6 and all(line[:4].isdigit() and "T" in line[:20] for line in lines)


@pytest.mark.parametrize("text", ["@key 5\n", "nonsense\nquit\n", "@health\n"])
def test_w6_plain_form_tells_what_was_not_done(text: str) -> None:
    """Bench: refused, not understood, not answered."""
    terminal = Terminal(is_bench=False)
    terminal.is_awake = "health" not in text
    with Peer(terminal) as peer:
        result = _run("--serial", peer.port, text=text)
    assert result.exit_code == 1
    assert any(words in result.stdout for words in ("provision it as bench", "'help' lists", "silence"))


def test_w6_faults_of_ports_and_files_are_one_line(tmp_path: Path) -> None:
    """Bench: no such port, busy, no place for the log."""
    with Peer(Terminal()) as peer:
        ear = Ear()
        with Feed(peer.port, ear.events.put):
            assert "busy" in _run("--serial", peer.port).stderr
        for arguments in (("--serial", "/dev/none"), ("--serial", peer.port, f"--log={tmp_path / 'no' / 'log'}")):
            result = _run(*arguments)
            assert result.exit_code == 1 and len(result.stderr.splitlines()) == 1


# In a terminal.


async def _until(pilot: Pilot[None], is_met: Callable[[], bool]) -> None:
    async with asyncio.timeout(_WAIT_S):
        while not is_met():
            await pilot.pause(0.02)


def _log_of(app: ConsoleApp) -> str:
    return "\n".join(line.text for line in app.query_one("#log", RichLog).lines)


def _words_of(app: ConsoleApp, name: str) -> str:
    return str(app.query_one(name, Static).content)


def _live(terminal: Terminal, visit: Callable[[ConsoleApp, Pilot[None], Peer], Awaitable[None]]) -> list[str]:
    """Opens the console on a terminal, pays it a visit, and gives what it kept for the log file."""
    kept: list[str] = []

    async def run() -> None:
        events: SimpleQueue[Event] = SimpleQueue()
        with Peer(terminal) as peer, Feed(peer.port, events.put) as feed:
            app = ConsoleApp(feed, events, kept.append)
            async with app.run_test(size=(120, 40)) as pilot:
                await _until(pilot, lambda: "10000001" in _words_of(app, "#state"))
                await visit(app, pilot, peer)
                await pilot.press("q")

    asyncio.run(run())
    return kept


def test_w6_the_screen_is_mirrored_and_keys_are_pressed() -> None:
    """Bench: the picture in dots, lock and light beside it; each key of the computer is one of the terminal."""
    terminal = Terminal()

    async def visit(app: ConsoleApp, pilot: Pilot[None], peer: Peer) -> None:
        await _until(pilot, lambda: "⡇" in _words_of(app, "#screen"))
        assert "nobody is signed in" in _words_of(app, "#state") and "steady red" in _words_of(app, "#state")
        await pilot.press("7", "enter", "escape", "backspace", "up", "down", "a", "asterisk", "l", "x")
        await _until(pilot, lambda: len(terminal.keys) == 9)
        peer.say("5000 link up 请\n".encode())
        await _until(pilot, lambda: "5000 link up 请" in _log_of(app))

    kept = _live(terminal, visit)
    assert terminal.keys == ["7", "D", "B", "C", "*", "#", "A", "*", "CL"]
    assert "5000 link up 请" in kept and not any("bits" in line for line in kept)


def test_w6_requests_are_typed_behind_an_at_sign() -> None:
    """Bench: its letters are no keys then; Escape leaves it; help lists what there is."""
    terminal = Terminal()

    async def visit(app: ConsoleApp, pilot: Pilot[None], _peer: Peer) -> None:
        await pilot.press("at", *"led", "space", "9", "escape")
        await pilot.press("at", *"health", "enter")
        await _until(pilot, lambda: '"re": "health"' in _log_of(app))
        assert not app.query_one("#request", Input).display
        await pilot.press("question_mark")
        await _until(pilot, lambda: "@journal N" in _log_of(app))

    _live(terminal, visit)
    assert terminal.heard == ["health"] and terminal.keys == []


def test_w6_a_terminal_in_service_is_only_watched() -> None:
    """Bench, threat model: its lock in words, no keys sent."""
    terminal = Terminal(is_bench=False)

    async def visit(app: ConsoleApp, pilot: Pilot[None], _peer: Peer) -> None:
        assert "请签到" in _words_of(app, "#screen")
        await pilot.press("5")
        await _until(pilot, lambda: "provisioned as bench" in _log_of(app))
        terminal.is_awake = False
        await _until(pilot, lambda: "no answer" in _words_of(app, "#state"))

    _live(terminal, visit)
    assert terminal.heard == []


class _Window:
    """The command in a terminal of its own."""

    def __init__(self, port: str, term: str) -> None:
        self._command = [sys.executable, "-m", "tools.cli", "console", "--serial", port]
        self._environment = {**os.environ, "TERM": term}
        for name in ("COLUMNS", "LINES"):  # pytest's workers have them; here the window itself says how large it is
            self._environment.pop(name, None)
        self.shown = ""

    @contextmanager
    def open(self) -> Iterator[None]:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        streams = {"stdin": slave, "stdout": slave, "stderr": slave}
        try:
            with program(*self._command, env=self._environment, **streams) as self._process:
                os.close(slave)
                yield
        finally:
            os.close(self._master)

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def wait_for(self, words: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while words not in self.shown:
            assert time.monotonic() < end, self.shown[-2000:]
            self._look()

    def _look(self) -> None:
        if select.select([self._master], [], [], 0.1)[0]:
            with suppress(OSError):  # it has closed the terminal
                self.shown += os.read(self._master, 65536).decode("utf-8", "replace")

    def leave(self) -> int:
        """Its status; what it still draws is read, so that it need not wait."""
        end = time.monotonic() + PATIENCE_S
        while (status := self._process.poll()) is None:
            assert time.monotonic() < end, self.shown[-2000:]
            self._look()
        return status


@pytest.mark.long  # in real time
@pytest.mark.parametrize(
    ("term", "sign", "farewell"), [("xterm", "nobody is signed in", b"q"), ("dumb", "connected", b"quit\n")]
)
def test_w6_in_a_terminal_it_draws_and_in_a_dumb_one_it_does_not(term: str, sign: str, farewell: bytes) -> None:
    """Bench: a key reaches the terminal in either; it leaves with zero."""
    terminal = Terminal()
    with Peer(terminal) as peer:
        window = _Window(peer.port, term)
        with window.open():
            window.wait_for(sign)
            window.type(b"5" if term == "xterm" else b"5\n")
            window.wait_for('"re": "key"')
            window.type(farewell)
            assert window.leave() == 0
    assert terminal.keys == ["5"]
    assert ("\x1b[" in window.shown) == (term == "xterm")
