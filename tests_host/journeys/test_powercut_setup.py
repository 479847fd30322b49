# SPDX-License-Identifier: MIT
"""Power fails while a terminal is being provisioned, and records that are damaged afterwards: the screen names what is
missing, nothing half-written is used, and provisioning once more mends it (C4, P3, L6).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests_host.journeys.bench import Bench
from tests_host.journeys.crooked import CrookedHost, running
from tests_host.journeys.fault_bench import quick_fingers
from tools.emulator import BoardError
from tools.emulator.flash import MODES
from tools.host.bundle import TerminalIdentity
from tools.play.tongues import catalogue
from tools.provision import ProvisionError, provision

PARTS: Final = 4
CUTS: Final = 24  # of each kind
_OLD, _NEW = 30_000_000, 40_000_000


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrookedHost]:
    with running(tmp_path_factory.mktemp("crooked")) as host:
        yield host


def _write(bench: Bench, identity: TerminalIdentity) -> None:
    provision(bench.board, identity, replace(bench.site), bench.board.now)


def _operations(bench: Bench, identity: TerminalIdentity) -> int:
    """How many flash operations it takes; done."""
    before = bench.board.flash.operations
    _write(bench, identity)
    return bench.board.flash.operations - before


def _is_cut(bench: Bench, identity: TerminalIdentity, number: int, mode: str) -> bool:
    bench.board.flash.cut_at(number, mode)
    try:
        _write(bench, identity)
    except (BoardError, ProvisionError):
        return True
    return False


def _start(bench: Bench) -> str:
    """Hold the button; what the lock screen says, in the catalogue's terms. A restart by itself is a failure."""
    board, words = bench.board, catalogue()
    restarts = len(board.resets)
    board.button.press()
    board.power_on()
    assert board.run_until(lambda: bench.shows("终端已锁定"), 3000), board.panel.text()
    board.button.release()
    board.run(8000)
    assert len(board.resets) == restarts + 1, board.resets
    for name in ("unprovisioned", "configuration", "sign_in"):
        if bench.shows(words[f"lock.{name}"].replace("{0}", "")):
            return name
    raise AssertionError(board.panel.text())


def _works(bench: Bench, identity: TerminalIdentity) -> bool:
    """Its number is shown, and the host has answered it: certificate, key and keys belong together."""
    refused = b"hello H" in bench.board.serial
    return bench.shows(f"终端{identity.tid}") and bench.is_linked and not refused


def _enrol(shop: CrookedHost, bench: Bench, tid: int) -> TerminalIdentity:
    return shop.enrolment.terminal(str(tid), bench.mid, f"E32-{tid}")


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_c4_power_fails_at_the_first_provisioning(shop: CrookedHost, tmp_path: Path, part: int) -> None:
    """C4, L6: not set up yet until all is written; the second attempt succeeds on the same flash."""
    with Bench(tmp_path / "count", shop, str(_OLD + 900 + part)) as bench:
        bench.provisioned()
        assert bench.identity is not None
        total = bench.board.flash.operations
    for case in range(part, CUTS, PARTS):
        number = 1 + case * (total - 1) // (CUTS - 1)
        with Bench(tmp_path / f"{case}", shop, str(_OLD + case), seed=case) as bench:
            shop.enrolment.merchant(bench.mid, "青岛路小店")
            identity = _enrol(shop, bench, _OLD + case)
            assert _is_cut(bench, identity, number, MODES[case % len(MODES)])
            found = _start(bench)
            assert found == "unprovisioned" or (found == "sign_in" and _works(bench, identity))
            bench.board.power_off()
            _write(bench, identity)
            assert _start(bench) == "sign_in" and _works(bench, identity)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_c4_power_fails_when_a_terminal_gets_another_identity(shop: CrookedHost, tmp_path: Path, part: int) -> None:
    """C4, L6: the old one whole, none, or the new one whole with an empty journal; never a mixture."""
    for case in range(part, CUTS, PARTS):
        with Bench(tmp_path / f"{case}", shop, str(_NEW + 2 * case), seed=case) as bench:
            quick_fingers(bench)
            bench.provisioned()
            old, new = bench.identity, _enrol(shop, bench, _NEW + 2 * case + 1)
            assert old is not None
            total = _operations(bench, new)
            _write(bench, old)
            _open_a_batch(bench)
            number = 1 + case * (total - 1) // (CUTS - 1)
            assert _is_cut(bench, new, number, MODES[case % len(MODES)])
            found = _start(bench)
            if found == "sign_in" and bench.shows(f"终端{new.tid}"):
                assert _works(bench, new)
                assert bench.journal().state.get("epoch", 0) == 0, "the journal is the former terminal's"
            elif found == "sign_in":
                assert _works(bench, old)
                assert bench.journal().state["epoch"] == 1, "the journal is gone"
            else:
                assert found == "unprovisioned"
            bench.board.power_off()
            _write(bench, new)
            assert _start(bench) == "sign_in" and _works(bench, new)


def _open_a_batch(bench: Bench) -> None:
    """The journal of a former life: one state record."""
    bench.board.exec(
        """
from firmware.store.journal import Journal
journal = Journal()
journal.mount()
journal.change(epoch=1, batch=1)
"""
    )


@pytest.mark.parametrize("name", ["crt", "key", "cfg"])
@pytest.mark.parametrize("is_cut_short", [False, True], ids=["junk", "cut short"])
def test_p3_a_damaged_record_is_named(provisioned: Bench, name: str, is_cut_short: bool) -> None:
    """P3, L6: settings damaged, call the administrator; no restarts, the menu says so too, and it can be mended."""
    bench = provisioned
    junk = "nvs.set_blob(name, bytes(buffer[:40]))" if is_cut_short else "nvs.set_blob(name, b'junk')"
    bench.board.exec(
        f"""
import esp32
nvs = esp32.NVS("qiandao")
buffer = bytearray(2100)
for name in ("{name}_a", "{name}_b"):
    try:
        nvs.get_blob(name, buffer)
    except OSError:
        continue
    {junk}
nvs.commit()
"""
    )
    assert _start_through_tests(bench) == "configuration"
    restarts = len(bench.board.resets)
    bench.board.run(90_000)
    assert len(bench.board.resets) == restarts
    assert bench.shows("请联系管理员")
    assert bench.identity is not None
    bench.board.power_off()
    _write(bench, bench.identity)
    assert _start(bench) == "sign_in" and _works(bench, bench.identity)


def _start_through_tests(bench: Bench) -> str:
    """As `_start`, past the results of the self-test."""
    board = bench.board
    board.button.press()
    board.power_on()
    board.run_until(lambda: bench.shows("终端已锁定") or bench.shows("自检未通过"), 3000)
    board.button.release()
    while bench.shows("自检未通过"):
        bench.press("ENTER")
        board.run(300)
    assert bench.shows("终端已锁定"), board.panel.text()
    is_damaged = bench.shows("参数损坏")
    return "configuration" if is_damaged else board.panel.text()[1]


def test_p3_a_journal_that_cannot_be_read_is_named(provisioned: Bench) -> None:
    """P3, L1: what no power cut leaves behind is a fault of the hardware; locked, no restarts, nothing overwritten."""
    bench = provisioned
    _open_a_batch(bench)
    region = bench.board.regions["journal"]
    first = bench.board.flash.read(region.start, 64)
    for sector in (10, 20, 30):  # several heads
        bench.board.flash.program(region.start + 4096 * sector, first)
    before = bench.region("journal")
    board = bench.board
    board.button.press()
    board.power_on()
    assert board.run_until(lambda: bench.shows(catalogue()["test.failed"]), 3000), board.panel.text()
    board.button.release()
    bench.expect("P05", catalogue()["test.journal"])
    bench.press("ENTER")
    bench.expect("终端已锁定", "硬件故障 P05", "请联系维修")
    restarts = len(board.resets)
    board.run(90_000)
    assert len(board.resets) == restarts and bench.shows("硬件故障 P05")
    assert bench.region("journal") == before
