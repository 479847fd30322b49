# SPDX-License-Identifier: MIT
"""What journeys start from: one running host for each worker, and a terminal of its own for each test.

Levels: `fresh` (never provisioned), `provisioned` (switched off), `locked` (asks for the sign-in, link open),
`signed_in` (ready for work). A test that fails shows the screen, the light and the end of the serial line.
"""

import ssl
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Final
from zlib import crc32

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from tests_host.journeys.bench import Bench, ShopHost, WorldClock
from tools.host import pins, server
from tools.rig import Rig

_TAIL = 3000  # characters of the serial line
_REAL_CONTEXT: Final = server.make_context
_FIRST_TID: Final = 10_000_000
_TIDS: Final = 80_000_000  # of eight digits, the first of them 1 to 8

MakeBench = Callable[..., Bench]

settings.register_profile("project", deadline=None)  # how long an example takes depends on what else the machine does
settings.load_profile("project")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for rig in {id(value): value for value in item.funcargs.values() if isinstance(value, Rig)}.values():
            report.sections.append((f"terminal {rig.tid}", _state_of(rig)))
    return report


def _state_of(rig: Rig) -> str:
    board = rig.board
    rows = "\n".join(board.panel.text()) if board.panel.is_lit else "(dark)"
    serial = board.serial[-_TAIL:].decode("utf-8", "replace")
    return f"{board.state} at {board.now_ms} ms, LED {board.led.pattern()}\n--- screen\n{rows}\n--- serial\n{serial}"


def _context_of_the_chip(directory: Path) -> ssl.SSLContext:
    """TLS 1.2, which is what the ESP32's port speaks."""
    context = _REAL_CONTEXT(directory)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopHost]:
    """A running host with the shop's cashier and supervisor; PIN verifiers cost less than in service."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pins, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        patch.setattr(server, "make_context", _context_of_the_chip)
        with ShopHost(tmp_path_factory.mktemp("shop"), WorldClock()) as host:
            yield host


@pytest.fixture
def make_bench(shop: ShopHost, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MakeBench]:
    """`make_bench()`: a fresh terminal with a number of its own, the same in every run; closed after the test."""
    numbers = count(crc32(request.node.nodeid.encode()))
    with ExitStack() as benches:

        def make(seed: int = 1) -> Bench:
            tid = f"{_FIRST_TID + next(numbers) % _TIDS}"
            return benches.enter_context(Bench(tmp_path, shop, tid, seed))

        yield make
        shop.forget_orders()


@pytest.fixture
def fresh(make_bench: MakeBench) -> Bench:
    """A flashed board that was never provisioned, switched off."""
    return make_bench()


@pytest.fixture
def provisioned(fresh: Bench) -> Bench:
    """A terminal of the shop, switched off."""
    fresh.provisioned()
    return fresh


@pytest.fixture
def locked(provisioned: Bench) -> Bench:
    """Started: asks for the sign-in, the link is open."""
    provisioned.start_linked()
    return provisioned


@pytest.fixture
def signed_in(locked: Bench) -> Bench:
    """The cashier has signed in on shift 1: the ready screen."""
    locked.sign_in()
    return locked
