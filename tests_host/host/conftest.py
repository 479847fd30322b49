# SPDX-License-Identifier: MIT
"""Fixtures of the host's tests: a running host, an enrolled terminal, one that has signed in."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests_host.host.client import TerminalClient, TestClock
from tools.host import Host, Settings, TerminalKeys, pins, setup
from tools.host.components import Components
from tools.host.db import file_url

MID = "123456789012345"
TID = "10000001"
PIN = "246810"
SUPERVISOR_PIN = "808642"
TRANSPORT = Components.fresh()
KEYS = TerminalKeys(
    bytes.fromhex("00112233445566778899AABBCCDDEEFF"), bytes(range(0xA0, 0xB0)), bytes(range(0xB0, 0xC0))
)
REAL_HASHER = pins.HASHER
START = datetime(2026, 11, 20, 11, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def _quick_verifiers() -> Iterator[None]:
    """Verifiers of the same kind that cost less; `test_enrolment` looks at the real parameters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pins, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session")
def new_host(_quick_verifiers: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of a host with one merchant, cashier 001 and supervisor 000, to be copied."""
    path = tmp_path_factory.mktemp("new-host")
    url = file_url(path / "host.db")
    setup.create(url, path / "pki")
    host = Host(url, path / "pki", clock=TestClock(START))
    host.enrolment.merchant(MID, "测试商户")
    host.enrolment.operator(MID, "001", "李雷", PIN, must_change=False)
    host.enrolment.operator(MID, "000", "店长", SUPERVISOR_PIN, must_change=False)
    host.close()
    return path


@pytest.fixture
def clock() -> TestClock:
    return TestClock(START)


@pytest.fixture
def host_dir(new_host: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(new_host, tmp_path / "host"))


@pytest.fixture
def make_host(host_dir: Path, clock: TestClock) -> Iterator[Callable[..., Host]]:
    """Opens hosts on the same books; all are closed at the end."""
    hosts: list[Host] = []

    def open_host(settings: Settings | None = None) -> Host:
        host = Host(file_url(host_dir / "host.db"), host_dir / "pki", clock=clock, settings=settings)
        hosts.append(host)
        return host

    yield open_host
    for host in hosts:
        host.close()


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    """A running host."""
    host = make_host()
    host.start()
    return host


@pytest.fixture
def make_terminal(host: Host, clock: TestClock) -> Iterator[Callable[..., TerminalClient]]:
    """Enrols terminals and connects clients; all are closed at the end."""
    clients: list[TerminalClient] = []

    def enrol(tid: str = TID, keys: TerminalKeys | None = KEYS, first_batch: int = 1) -> TerminalClient:
        identity = host.enrolment.terminal(tid, MID, "E32-0001", keys=keys, first_batch=first_batch)
        client = TerminalClient(identity, host.port, clock)
        clients.append(client)
        return client

    yield enrol
    for client in clients:
        client.close()


@pytest.fixture
def terminal(make_terminal: Callable[..., TerminalClient]) -> TerminalClient:
    """Terminal 10000001, signed out."""
    return make_terminal()


@pytest.fixture
def signed_in(terminal: TerminalClient) -> TerminalClient:
    """Terminal 10000001 with operator 001 signed in."""
    assert terminal.sign_in().code == "00"
    return terminal
