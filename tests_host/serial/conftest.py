# SPDX-License-Identifier: MIT
"""Emulated boards in real time, for programs that know a serial port and nothing else, and a host to enrol them at."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests_host.serial.bench_host import MID
from tools import serial_board, serial_line
from tools.commands import provision_board
from tools.emulator import Board, flash_image
from tools.emulator.flash import SIZE
from tools.emulator.live import LiveBoard
from tools.host import Host, setup

PACE = 20.0  # times as fast as a real one

Plug = Callable[[Path], LiveBoard]


def _children() -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            parent = path.read_text("utf-8", "replace").rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                found.add(int(path.parent.name))
    return found


@pytest.fixture(autouse=True)
def _nothing_goes_on() -> Iterator[None]:
    """A program that outlives its test would hold a port, or take the next board's: it is ended, and told."""
    before = _children()
    yield
    left = _children() - before
    for pid in left:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert not left, "programs went on after the test"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The flash of a chip as it comes from its maker."""
    path = tmp_path / "bare.bin"
    path.write_bytes(b"\xff" * SIZE)
    return path


@pytest.fixture
def plug() -> Iterator[Plug]:
    """`plug(flash)`: a board with this flash, switched on, at `.port`; its cable is pulled by `.close()`."""
    with ExitStack() as boards:

        def connect(flash: Path) -> LiveBoard:
            live = boards.enter_context(LiveBoard(boards.enter_context(Board(flash)), PACE))
            live.call(lambda board: board.power_on())
            return live

        yield connect


@pytest.fixture(scope="session")
def new_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host's folder with one merchant, as `qiandao host init` makes it; to be copied."""
    folder = tmp_path_factory.mktemp("host") / "data"
    setup.create(f"sqlite:///{folder / 'host.db'}", folder / "pki")
    host = Host(f"sqlite:///{folder / 'host.db'}", folder / "pki")
    host.enrolment.merchant(MID, "青岛路小店")
    host.close()
    return folder


@pytest.fixture
def data(new_data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(new_data, tmp_path / "data"))


@pytest.fixture
def host(data: Path) -> Iterator[Host]:
    host = Host(f"sqlite:///{data / 'host.db'}", data / "pki")
    yield host
    host.close()


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    return flash_image(tmp_path / "t.flash")


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a far end that answers at once or never."""
    monkeypatch.setattr(serial_board, "_STATUS_S", 0.2)
    monkeypatch.setattr(serial_board, "_REPL_S", 0.5)
    monkeypatch.setattr(serial_line, "_READ_S", 0.3)
    monkeypatch.setattr(provision_board, "_START_S", 0.2)
