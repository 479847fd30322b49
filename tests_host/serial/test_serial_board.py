# SPDX-License-Identifier: MIT
"""`SerialBoard` against a scripted far end: who is interrupted and who is not; one line for everything that fails."""

from pathlib import Path
from typing import Any

import pytest

from tests_host.serial.peer import Peer
from tools import serial_board, serial_line
from tools.errors import RefusedError
from tools.serial_board import SerialBoard
from tools.serial_line import SerialLine

_CTRL_C = 3


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_STATUS_S", 0.1), ("_NOISE_S", 0.4), ("_REPL_S", 0.3), ("_SERVICE_S", 0.5)):
        monkeypatch.setattr(serial_board, name, value)
    monkeypatch.setattr(serial_line, "_READ_S", 0.3)


def _console(level: str, **answers: dict[str, Any]) -> Any:
    replies = {"status": {"level": level, "tid": "10000001"}, **answers}
    return lambda name, arguments: replies.get(name)


def _refusal(port: str) -> str:
    with pytest.raises(RefusedError) as caught, SerialBoard(port):
        pass
    assert caught.value.__cause__ is None and "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("level", ["open", "service"])
def test_c4_a_board_that_is_open_is_interrupted_and_started_again(level: str) -> None:
    """C4: status first, then Ctrl-C; the snippet's output comes back; the application runs afterwards."""
    with Peer(_console(level), lambda code: (f"ran {code}\r\n", "")) as peer:
        with SerialBoard(peer.port) as board:
            assert peer.heard.index(b"@status\n") < peer.heard.index(_CTRL_C)
            assert board.status is not None and board.status["level"] == level
            assert board.exec("print(1)") == "ran print(1)\n"
        assert peer.is_app


@pytest.mark.parametrize("is_app", [True, False])
def test_c4_a_board_that_says_nothing_is_tried(is_app: bool) -> None:
    """C4: no firmware, or at its prompt already."""
    with Peer(is_app=is_app) as peer, SerialBoard(peer.port, restart=False) as board:
        assert board.status is None
        assert board.exec("pass") == ""


def test_c4_a_terminal_in_service_is_left_alone() -> None:
    """C4, threat model: no Ctrl-C; what the terminal says to do is shown."""
    refused = {"ok": False, "error": "level", "do": "hold A while switching the terminal on"}
    with Peer(_console("counter", service=refused)) as peer:
        assert "hold A while switching the terminal on" in _refusal(peer.port)
        assert _CTRL_C not in peer.heard


def test_c4_a_bench_board_is_asked_for_service_mode() -> None:
    """C4: and only then interrupted."""
    with Peer(_console("bench", service={})) as peer:
        peer.after["service"] = b"service mode\n"
        with SerialBoard(peer.port):
            pass
        assert peer.heard.index(b"@service\n") < peer.heard.index(_CTRL_C)


def test_c4_a_sleeping_terminal_says_nothing() -> None:
    """C4: one line that says what to do."""
    with Peer(takes_interrupt=False) as peer:
        assert "switched on and awake" in _refusal(peer.port)


def test_c4_noise_is_not_an_answer() -> None:
    """C4: log lines, broken JSON and answers to another question are passed over."""
    with Peer(_console("open")) as peer, SerialLine(peer.port) as line:
        peer.say(b'{"re": "status"\n{"re": "health", "ok": true}\n[1]\nboot 12 ms\n\xff\xfe\n')
        assert line.order("status")["level"] == "open"


def test_c4_a_port_is_used_by_one(tmp_path: Path) -> None:
    """C4: busy, missing, no serial port at all, and a request that does not fit."""
    (tmp_path / "file").write_text("")
    with Peer(_console("open")) as peer, SerialLine(peer.port) as line:
        assert "busy" in _refusal(peer.port)
        with pytest.raises(ValueError, match="96"):
            line.ask("echo", "x" * 96)
    assert "there is no such port" in _refusal(str(tmp_path / "ttyUSB9"))
    assert "not a serial port" in _refusal(str(tmp_path / "file"))


def test_c4_what_the_board_refuses_is_its_last_line() -> None:
    """C4: no source, no traceback."""
    fault = "Traceback (most recent call last):\r\n  File x\r\nStoreError: C1 psk\r\n"
    with Peer(run=lambda code: ("", fault), is_app=False) as peer, SerialBoard(peer.port) as board:
        with pytest.raises(RefusedError, match="the board refused: StoreError: C1 psk") as caught:
            board.exec("secret = 'k'")
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("cut_after", [1, 12, 30, 60, 90])
def test_c4_a_pulled_cable_is_one_line(cut_after: int) -> None:
    """C4: at the question, at the prompt, within a snippet."""
    words = "cable|answer"
    with (
        Peer(is_app=False, cut_after=cut_after) as peer,
        pytest.raises(RefusedError, match=words) as caught,
        SerialBoard(peer.port) as board,
    ):
        board.exec("x = 1\n" * 20)
    assert caught.value.__cause__ is None


def test_c4_files_are_listed_and_faults_of_the_disk_are_told() -> None:
    """C4: a full disk, a missing file."""
    faults = {"print(entry[3]": "", "open": "OSError: [Errno 28] ENOSPC"}

    def run(code: str) -> tuple[str, str]:
        if "def walk" in code:
            return "7 /main.py\r\n12 /lib/cmac.mpy\r\n", ""
        return "", faults["open"] if "open(" in code else ""

    with Peer(run=run, is_app=False) as peer, SerialBoard(peer.port) as board:
        assert board.list() == {"main.py": 7, "lib/cmac.mpy": 12}
        with pytest.raises(RefusedError, match="file system is full"):
            board.put("lib/x.py", b"x = 1")
