# SPDX-License-Identifier: MIT
"""Fixtures of the tests over a serial line: a host's folder, a freshly flashed board, short waits."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests_host.serial.bench_host import MID
from tools import serial_board, serial_line
from tools.commands import provision_board
from tools.emulator import flash_image
from tools.host import Host, setup


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
    monkeypatch.setattr(serial_line, "_READ_S", 0.3)
    monkeypatch.setattr(provision_board, "_START_S", 0.2)
