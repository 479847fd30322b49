# SPDX-License-Identifier: MIT
"""Provisioning, backup and restore through the serial port of a live board, whose firmware answers and obeys (mission
C1, C4): power cuts, a terminal that goes on working, a replacement that takes over its batch.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests_host.conftest import MakeBench
from tests_host.journeys.bench import Bench
from tests_host.serial.bench_host import ENV, MID, SITE, enrol, found_on
from tests_host.serial.commands import bad, good
from tests_host.serial.terminals import provisioned
from tools import backup, provision, serial_board, serial_line
from tools.emulator import Board
from tools.emulator.flash import MODES
from tools.emulator.live import LiveBoard
from tools.errors import RefusedError
from tools.host import Host
from tools.serial_board import SerialBoard

pytestmark = pytest.mark.long  # in real time: it wants the machine for itself

_PACE = 20.0  # virtual seconds in a real one
_TID = "20000031"


@contextmanager
def _live(board: Board) -> Iterator[str]:
    """The port of a board that lives until the end of the block."""
    with LiveBoard(board, _PACE) as live:
        yield str(live.port)
        assert live.fault == ""


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A board that has lost its power says nothing."""
    monkeypatch.setattr(serial_board, "_EXEC_S", 6.0)
    monkeypatch.setattr(serial_line, "_READ_S", 3.0)


def test_c4_a_bare_terminal_is_provisioned_and_starts(data: Path, flash: Path) -> None:
    """C4: "not set up" is interrupted, written, restarted; then it is in service and no REPL is to be had."""
    command = (*enrol(data, _TID), *SITE)
    with Board(flash, clock=datetime.now(UTC)) as board:
        board.power_on()
        with _live(board) as port:
            assert "It has started: signed_out, sign_in." in good("provision", "--serial", port, *command, **ENV)
            assert "provision the board as bench, or hold A" in bad("provision", "--serial", port, *command, **ENV)
            rows = data.parent / "boards.csv"
            rows.write_text(f"tid,serial_number,serial\n{_TID},E32-31,{port}\n")
            common = ("--enrol", "--data", data, "--mid", MID, *SITE)
            assert "in service already" in good("provision", "--batch", rows, *common, **ENV)
    assert found_on(flash).tid == _TID


def _hold_and_power(board: Board) -> None:
    board.button.press()  # its pin may have been written already, and the board sleep without it
    board.power_on()


@pytest.mark.parametrize("case", range(3))
def test_c4_power_fails_while_it_is_provisioned(data: Path, host: Host, flash: Path, case: int) -> None:
    """C4, L6: at a flash operation: one line; when power is back, the same command; one enrolment in all."""
    command = ("provision", "--serial", "PORT", *enrol(data, _TID), *SITE)
    with Board(flash, clock=datetime.now(UTC)) as board:
        board.power_on()
        with LiveBoard(board, _PACE) as live:
            words = [str(live.port) if word == "PORT" else word for word in command]
            live.call(lambda board: board.flash.cut_at((3, 40, 72)[case], MODES[case]))
            assert "answer" in bad(*words, **ENV)
            assert live.call(lambda board: board.state) == "off"
            known = host.enrolment.enrolled(_TID)
            live.call(_hold_and_power)
            assert "It has started" in good(*words, **ENV)
    found = found_on(flash)
    assert known is not None and (found.tid, found.kcvs) == (_TID, known.kcvs)


def test_c4_files_travel_whole(flash: Path) -> None:
    """C4: with their folders, over an older one, back again, by digest; what is missing is named."""
    data = bytes(range(256)) * 5
    with Board(flash, clock=datetime.now(UTC)) as board:
        board.power_on()
        with _live(board) as port, SerialBoard(port) as serial:
            serial.put("spare/part/x.bin", b"old")
            serial.put("spare/part/x.bin", data)
            assert serial.get("spare/part/x.bin") == data
            assert serial.digest("spare/part/x.bin") == hashlib.sha256(data).hexdigest()
            assert serial.list("spare") == {"spare/part/x.bin": len(data)}
            assert "main.py" in serial.list()
            serial.remove("spare/part/x.bin")
            assert serial.list("spare") == {}
            with pytest.raises(RefusedError, match="x.bin on the board: no such file"):
                serial.get("spare/part/x.bin")


def test_c1_a_terminal_goes_on_working_while_it_is_backed_up(signed_in: Bench, tmp_path: Path) -> None:
    """C1: over the console, between two sales."""
    signed_in.sell("1250")
    assert signed_in.uploaded(1)
    path = tmp_path / "t.backup"
    with _live(signed_in.board) as port:
        assert "12.50" in good("backup", "--serial", port, "--out", path)
    assert backup.load(path).image == signed_in.journal()
    assert (backup.load(path).tid, backup.load(path).firmware) == (signed_in.tid, "0.1.0")
    signed_in.sell("300")


def test_c1_a_replacement_takes_over_the_batch(make_bench: MakeBench, tmp_path: Path) -> None:
    """C1, O5: a bench board in service mode gets the records of another with its identity, signs in and settles."""
    bench = make_bench()
    provisioned(bench)
    bench.start_linked()
    bench.sign_in()
    bench.sell("1250")
    bench.board.power_off()
    path = tmp_path / "t.backup"
    good("backup", "--flash", bench.board.flash.path, "--out", path)
    assert bench.identity is not None
    provision.provision(bench.board, bench.identity, replace(bench.site, bench=True), bench.board.now)
    bench.start_linked()
    with _live(bench.board) as port:
        assert "read back and compared" in good("restore", "--serial", port, "--verify", path)
        assert "holds what the backup holds" in good("restore", "--serial", port, "--dry-run", path)
    bench.restart()
    bench.sign_in()
    bench.sell("300")
    assert bench.uploaded(2)
    batch = bench.journal().state["batch"]
    bench.sign_out()
    assert bench.differences(batch) == [] and len(bench.host.books.records(bench.tid, batch)) == 2
