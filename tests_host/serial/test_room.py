# SPDX-License-Identifier: MIT
"""What the bench sends to a live board has room there (mission C1, C4): one snippet after the other in the one life of
its REPL, on the heap of the chip, beside what of the firmware each of them loads.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from tests_host.serial.bench_host import MID
from tests_host.serial.prompt import Prompt
from tools import backup_board, provision
from tools.emulator import Board, board, flash_image
from tools.emulator.image import deployed, tree_files
from tools.flashing import deployment
from tools.host import Host
from tools.provision import Site

_TID: Final = "20000031"
_SITE: Final = Site("shop", "correct horse battery", "192.168.4.10", 8583)
_LEAST: Final = 92  # kB of the chip's 100
_START_MS: Final = 20_000
_RECORDS: Final = 70  # more than two snippets take
_FILL: Final = f"""
def work():
    from firmware.store.journal import ACKED, CASH, Journal, Txn
    journal = Journal()
    journal.mount()
    txn = Txn()
    for name in Txn.NAMES:
        setattr(txn, name, b"" if name in ("rrn", "auth", "de39") else 0)
    txn.kind, txn.status, txn.amount = CASH, ACKED, 100
    for txn.stan in range(1, {_RECORDS} + 1):
        journal.record(txn)
work()
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    """A terminal that says that it is not set up, with less memory than there is."""
    monkeypatch.setattr(board, "HEAP_32", _LEAST * 1024)
    with Board(flash_image(tmp_path / "flash"), clock=datetime.now(UTC)) as terminal:
        terminal.power_on()
        assert terminal.run_until(lambda: "终端未初始化" in "".join(terminal.panel.text()), _START_MS)
        yield terminal


def _unseen(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def test_c4_a_terminal_is_provisioned_at_its_prompt(bare: Board, host: Host) -> None:
    """C4: looked at, written, looked at again; C1: and its journal read."""
    identity = host.enrolment.terminal(_TID, MID, f"E32-{_TID}")
    prompt = Prompt(bare)
    assert provision.probe(prompt).tid == ""
    assert provision.unsettled(prompt) == (0, 0)
    kcvs = provision.provision(prompt, identity, _SITE, datetime.now(UTC))
    found = provision.probe(prompt)
    assert (found.tid, found.kcvs) == (_TID, tuple(kcvs.values()))
    assert provision.differing(prompt, _SITE) == []
    assert backup_board.read_repl(prompt, _unseen).tid == _TID


def test_c1_a_batch_is_taken_and_put_back(bare: Board) -> None:
    """C1: by the snippets of a restore, which hold many records each."""
    prompt = Prompt(bare)
    prompt.exec(provision.tidy(_FILL))
    taken = backup_board.read_repl(prompt, _unseen)
    put = backup_board.write(prompt, taken, _unseen)
    assert len(taken.live) >= _RECORDS and put.live == taken.live
    assert backup_board.finish(prompt) == ""


def test_l1_the_tree_is_changed_behind_the_picture_of_an_update(bare: Board) -> None:
    """L1, C4: a file of four blocks beside what the picture has loaded."""
    told: list[str] = []

    def look(_path: str, _done: int, _total: int) -> None:
        told.append("".join(bare.panel.text()))

    files = {**deployed(tree_files()), "spare.bin": bytes(range(256)) * 64}
    outcome = deployment.deploy(Prompt(bare), files, None, look)
    assert (outcome.copied, outcome.removed) == (1, 0)
    assert told and all("终端已锁定" in text and "正在更新" in text for text in told)
