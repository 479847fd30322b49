# SPDX-License-Identifier: MIT
"""`qiandao backup` and `qiandao restore` (mission C1): from a terminal that has worked into a file, and from there into
a replacement board; every wrong file, board and moment is one line.
"""

import base64
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests_host.journeys.bench import Bench, ShopHost
from tests_host.serial.commands import bad, good
from tests_host.serial.peer import Peer, on_board
from tools import backup, backup_board
from tools.emulator import Board, BoardError
from tools.emulator.flash import MODES
from tools.emulator.image import regions
from tools.journal import SLOT, JournalImage, read_journal
from tools.provision import ProvisionError, probe, provision

_REGION = regions()["journal"]
_TID = "50000001"


@pytest.fixture(scope="module")
def worked(shop: ShopHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Three sales in the open batch, then the power went."""
    with Bench(tmp_path_factory.mktemp("worked"), shop, _TID) as bench:
        bench.provisioned()
        bench.start_linked()
        bench.sign_in()
        for digits in ("1250", "300", "99"):
            bench.sell(digits)
        assert bench.uploaded(3)
        bench.board.power_off()
        yield bench


@pytest.fixture
def flash(worked: Bench, tmp_path: Path) -> Path:
    """A copy of that terminal's flash."""
    return Path(shutil.copyfile(worked.board.flash.path, tmp_path / "t.flash"))


@pytest.fixture
def saved(flash: Path, tmp_path: Path) -> Path:
    """Its backup."""
    good("backup", "--flash", flash, "--out", tmp_path / "t.backup")
    return tmp_path / "t.backup"


def _clear(flash: Path) -> Path:
    """The same terminal with an empty journal: the replacement board."""
    with flash.open("r+b") as file:
        file.seek(_REGION.start)
        file.write(b"\xff" * _REGION.size)
    return flash


def _journal(flash: Path) -> bytes:
    return flash.read_bytes()[_REGION.start : _REGION.start + _REGION.size]


def _change(flash: Path, **fields: int) -> None:
    """A state record more."""
    with Board(flash) as board:
        board.exec(
            f"from firmware.store.journal import Journal\nj = Journal()\nj.mount()\nj.change(**{fields})\nprint('ok')"
        )


def test_c1_a_backup_holds_the_books(flash: Path, tmp_path: Path) -> None:
    """C1: batches, records and totals as the journal has them; only its owner can read the file."""
    path = tmp_path / "t.backup"
    text = good("backup", "--flash", flash, "--out", path)
    assert _TID in text and "16.49" in text
    assert path.stat().st_mode & 0o077 == 0
    found = backup.load(path)
    assert (found.tid, found.image) == (_TID, read_journal(_journal(flash)))
    text = good("backup", "show", path)
    assert all(words in text for words in ("12.50", "3.00", "0.99", "acknowledged"))
    assert "exists already" in bad("backup", "--flash", flash, "--out", path)
    assert "No such file" in bad("backup", "--flash", flash, "--out", tmp_path / "none" / "t.backup")


def test_c1_a_restored_board_has_the_same_books(flash: Path, saved: Path) -> None:
    """C1: written, read back, compared; a second time there is nothing to do."""
    books = read_journal(_journal(flash))
    text = good("restore", "--flash", _clear(flash), "--verify", saved)
    assert "3 transactions written, read back and compared" in text
    assert read_journal(_journal(flash)) == books
    assert "holds what the backup holds" in good("restore", "--flash", flash, "--verify", "--dry-run", saved)
    assert "already" in good("restore", "--flash", flash, saved)


def test_c1_a_dry_run_says_what_differs(flash: Path, saved: Path) -> None:
    """C1: records and state by name; nothing is written."""
    _clear(flash)
    before = flash.read_bytes()
    text = bad("restore", "--flash", flash, "--verify", "--dry-run", saved)
    assert "batch 1 STAN 000003: backup 12.50 acked, board nothing" in text and "differences" in text
    assert flash.read_bytes()[_REGION.start :] == before[_REGION.start :]


def test_c1_a_journal_in_use_is_not_written_over(flash: Path, saved: Path) -> None:
    """C1: newer, or only different; with --replace somebody must type whose it is."""
    _change(flash, clock=900_000_000)
    assert "is newer than the backup" in bad("restore", "--flash", flash, saved)
    assert "not agreed" in bad("restore", "--flash", flash, "--replace", saved, stdin="yes\n")
    assert "written" in good("restore", "--flash", flash, "--replace", saved, stdin=f"{_TID}\n")
    _change(flash, clock=1)
    assert "is not empty" in bad("restore", "--flash", flash, saved)


def test_c1_another_terminals_journal_is_refused(flash: Path, saved: Path, tmp_path: Path) -> None:
    """C1: even when it is asked for twice."""
    other = backup.load(saved)
    path = tmp_path / "other.backup"
    backup.save(backup.Backup("59999999", other.firmware, other.taken_at, other.slots), path)
    for words in ((), ("--replace",), ("--dry-run",)):
        assert "the backup is terminal 59999999's" in bad("restore", "--flash", flash, *words, path)


def _spoil_slots(archive: dict[str, bytes]) -> None:
    archive["slots.bin"] = archive["slots.bin"][:-SLOT]


def _spoil_totals(archive: dict[str, bytes]) -> None:
    manifest = json.loads(archive["manifest.json"])
    manifest["totals"][0]["amount"] += 1
    archive["manifest.json"] = json.dumps(manifest).encode()


def _spoil_manifest(archive: dict[str, bytes]) -> None:
    archive["manifest.json"] = b"{}"


def _age(archive: dict[str, bytes]) -> None:
    manifest = json.loads(archive["manifest.json"])
    archive["manifest.json"] = json.dumps({**manifest, "version": 2}).encode()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(_spoil_slots, "damaged"), (_spoil_totals, "damaged"), (_spoil_manifest, "damaged"), (_age, "another version")],
)
def test_c1_a_bad_backup_is_named(
    flash: Path, saved: Path, spoil: Callable[[dict[str, bytes]], None], words: str
) -> None:
    """C1: records missing, totals changed, no manifest, another version: neither shown nor restored."""
    with zipfile.ZipFile(saved) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    spoil(parts)
    with zipfile.ZipFile(saved, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert words in bad("backup", "show", saved)
    assert words in bad("restore", "--flash", flash, saved)


@pytest.mark.parametrize("keep", [0, 10, 200, -30])
def test_c1_a_file_cut_short_is_named(saved: Path, keep: int) -> None:
    """C1: and one with a bit turned over."""
    data = saved.read_bytes()
    saved.write_bytes(data[:keep] if keep else bytes(data[:400] + bytes([data[400] ^ 1]) + data[401:]))
    assert "damaged" in bad("backup", "show", saved)


def test_c1_what_is_not_there_is_named(saved: Path, tmp_path: Path) -> None:
    """C1: no board, two boards, no file, no port."""
    assert "either --serial PORT or --flash FILE" in bad("backup")
    assert "either --serial PORT or --flash FILE" in bad("restore", saved)
    assert "does not exist" in bad("backup", "--flash", tmp_path / "none")
    assert "no such port" in bad("backup", "--serial", tmp_path / "ttyUSB9")
    assert "No such file" in bad("backup", "show", tmp_path / "none")


def test_c1_power_fails_while_a_journal_is_restored(flash: Path, saved: Path, tmp_path: Path) -> None:
    """C1, L6: at any write there is no identity beside half a journal; once more brings back both."""
    source, books = backup.load(saved), read_journal(_journal(flash))
    _clear(flash)
    with Board(Path(shutil.copyfile(flash, tmp_path / "count"))) as board:
        before = board.flash.operations
        backup_board.write(board, source, lambda done, total: None)
        backup_board.finish(board)
        total = board.flash.operations - before
    for case in range(6):
        path = Path(shutil.copyfile(flash, tmp_path / f"{case}.flash"))
        with Board(path) as board:
            board.flash.cut_at(1 + case * (total - 1) // 5, MODES[case % 3])
            with pytest.raises((BoardError, ProvisionError)):
                backup_board.write(board, source, lambda done, total: None)
                backup_board.finish(board)
            is_whole = probe(board).tid == _TID
        if is_whole:
            assert read_journal(_journal(path)) in (books, JournalImage())
        good("restore", "--flash", path, "--verify", saved)
        with Board(path) as board:
            assert probe(board).tid == _TID
        assert read_journal(_journal(path)) == books


class _Console:
    """The firmware's console as it speaks of a flash file; `sell` happens after the first question about slots."""

    def __init__(self, flash: Path, moving: bytes = b"") -> None:
        self.region = _journal(flash)
        self.moving = moving

    def __call__(self, name: str, arguments: list[str]) -> dict[str, Any] | None:
        image = read_journal(self.region)
        if name == "status":
            records = sum(record.epoch == image.state["epoch"] for record in image.transactions)
            return {"v": "0.1.0", "tid": _TID, "level": "counter", "records": records, "batch": 1}
        assert name == "journal"
        answer = self._slots(int(arguments[0]))
        self.region, self.moving = self.moving or self.region, b""
        return answer

    def _slots(self, at: int) -> dict[str, Any]:
        slots = backup.split(self.region)
        used = [place for place in range(at, len(slots)) if slots[place] != b"\xff" * SLOT][:8]
        following = used[-1] + 1 if len(used) == 8 else -1
        data = base64.b64encode(b"".join(slots[place] for place in used)).decode()
        return {"slots": len(slots), "at": used[0] if used else at, "data": data, "next": following}


@pytest.mark.usefixtures("short_waits")
def test_c1_a_terminal_in_service_is_read_over_its_console(flash: Path, tmp_path: Path) -> None:
    """C1: it is not interrupted; no REPL is asked for."""
    path = tmp_path / "t.backup"
    with Peer(_Console(flash)) as peer:
        assert "16.49" in good("backup", "--serial", peer.port, "--out", path)
        assert 3 not in peer.heard
    assert backup.load(path).image == read_journal(_journal(flash))


@pytest.mark.usefixtures("short_waits")
def test_c1_records_that_move_meanwhile_are_not_lost(flash: Path, tmp_path: Path) -> None:
    """C1: a sector read already takes what was in one not read yet: it is read until nothing is new."""
    region = _journal(flash)
    records = [slot for slot in backup.split(region) if slot != b"\xff" * SLOT]
    far = b"\xff" * SLOT * 2000
    before = (records[0] + far + b"".join(records[1:])).ljust(len(region), b"\xff")
    moved = (b"".join(records[1:]) + b"\xff" * SLOT + records[0]).ljust(len(region), b"\xff")
    console = _Console(flash, moved)
    console.region = before
    with Peer(console) as peer:
        good("backup", "--serial", peer.port, "--out", tmp_path / "t.backup")
    assert backup.load(tmp_path / "t.backup").image == read_journal(region)


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"slots": 4096, "at": 0, "data": "AAAA", "next": 8},
        {"slots": 4096, "at": 0, "data": "", "next": 0},
        {"slots": "x", "at": 0, "data": "", "next": 8},
        {"ok": False, "error": "busy", "do": "wait"},
    ],
)
def test_c1_answers_that_make_no_sense_end_it(answer: dict[str, Any], tmp_path: Path) -> None:
    """C1: another firmware, or a console gone wrong: no file is left."""
    replies = {"status": {"level": "counter", "tid": _TID}, "journal": answer}
    with Peer(lambda name, arguments: replies[name]) as peer:
        text = bad("backup", "--serial", peer.port, "--out", tmp_path / "t.backup")
    assert "makes no sense" in text or "wait" in text
    assert list(tmp_path.glob("*backup*")) == []


@pytest.mark.usefixtures("short_waits")
def test_c1_a_pulled_cable_leaves_no_file(flash: Path, tmp_path: Path) -> None:
    """C1: in the middle of the slots."""
    with Peer(_Console(flash), cut_after=30) as peer:
        assert "cable pulled?" in bad("backup", "--serial", peer.port, "--out", tmp_path / "t.backup")
    assert list(tmp_path.glob("*backup*")) == []


@pytest.mark.usefixtures("short_waits")
def test_c1_a_board_in_service_mode_is_read_over_its_repl(flash: Path, tmp_path: Path) -> None:
    """C1: and a restore goes the same way."""
    path, books = tmp_path / "t.backup", read_journal(_journal(flash))
    with Peer(run=on_board(flash), is_app=False) as peer:
        good("backup", "--serial", peer.port, "--out", path)
        _clear(flash)
        peer.is_app = False
        assert "read back and compared" in good("restore", "--serial", peer.port, "--verify", path)
    assert read_journal(_journal(flash)) == books


def test_c1_a_lost_terminals_replacement_goes_on_in_its_batch(worked: Bench, saved: Path, tmp_path: Path) -> None:
    """C1, O5: an empty board gets the journal, then the identity with new keys; it sells under a new STAN and settles;
    host and terminal agree on what both have sold."""
    with Bench(tmp_path / "replacement", worked.host, _TID) as bench:
        assert "qiandao provision --keep-journal" in good("restore", "--flash", bench.board.flash.path, saved)
        identity = worked.host.enrolment.terminal(_TID, worked.mid, "E32-NEW", is_renewed=True)
        provision(bench.board, identity, bench.site, bench.board.now, is_fresh=False)
        bench.start_linked()
        bench.sign_in()
        bench.sell("501")
        assert bench.uploaded(4)
        batch = bench.journal().state["batch"]
        bench.sign_out()
        assert bench.differences(batch) == []
        assert len(bench.host.books.records(_TID, batch)) == 4
