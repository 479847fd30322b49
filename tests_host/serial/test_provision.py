# SPDX-License-Identifier: MIT
"""`qiandao provision` (mission C4): step by step, from files, for a batch, over a serial line; what it will not write
over; weak keys; and that an interrupted one is repeated.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests_host.serial.bench_host import ENV, MID, PSK, SITE, enrol, found_on, sheets
from tests_host.serial.commands import bad, good, run
from tests_host.serial.peer import Peer, on_board
from tools import provision
from tools.emulator import Board, flash_image
from tools.emulator.image import tree_files
from tools.host import Host, TerminalKeys, bundle
from tools.host.bundle import TerminalIdentity
from tools.provision import ProvisionError, Site, kcvs_of
from tools.serial_line import SerialLine

pytestmark = pytest.mark.usefixtures("short_waits")


def test_c4_a_board_is_enrolled_and_provisioned_in_one_step(data: Path, host: Host, flash: Path) -> None:
    """C4: the host knows what the board holds; done again, nothing is; the bundle between them is gone."""
    command = ("provision", "--flash", flash, *enrol(data), *SITE)
    text = good(*command, **ENV)
    known, found = host.enrolment.enrolled("20000001"), found_on(flash)
    assert known is not None and (found.kcvs, found.certificate) == (known.kcvs, known.certificate)
    assert all(kcv in text for kcv in known.kcvs) and PSK not in text
    assert list((data / "bundles").iterdir()) == []
    assert "was done already" in good(*command, **ENV)
    assert host.enrolment.enrolled("20000001") == known


def test_c4_other_settings_leave_identity_and_journal_alone(data: Path, flash: Path) -> None:
    """C4: only what differs is written, and is named; the key is not."""
    good("provision", "--flash", flash, *enrol(data), *SITE, **ENV)
    _sell(flash)
    before = found_on(flash)
    changed = (*enrol(data), *SITE, "--port", 9000, "--bench")
    text = good("provision", "--flash", flash, *changed, QIANDAO_PSK="another secret")
    assert "settings changed (bench, port, psk)" in text and "another secret" not in text
    assert found_on(flash) == before
    assert _count(flash) == 1


def _sell(flash: Path) -> None:
    """A record in the open batch."""
    with Board(flash) as board:
        board.exec(
            """
from firmware.store.journal import Journal, Txn
journal = Journal()
journal.mount()
journal.change(epoch=1, batch=1)
txn = Txn()
for name in Txn.NAMES:
    if not hasattr(txn, name):
        setattr(txn, name, 1)
txn.stan = journal.next_stan()
journal.record(txn)
"""
        )


def _count(flash: Path) -> int:
    with Board(flash) as board:
        return provision.unsettled(board)[0]


def test_c4_unsettled_records_are_not_erased_by_mistake(data: Path, flash: Path) -> None:
    """C4, C1: not by another identity, not by new keys; both ways out are named and work."""
    good("provision", "--flash", flash, *enrol(data), *SITE, **ENV)
    _sell(flash)
    other = ("provision", "--flash", flash, *enrol(data, "20000002"), *SITE)
    assert "the board is terminal 20000001; --replace makes it 20000002" in bad(*other, **ENV)
    assert "holds 1 records of batch 1 that are not settled" in bad(*other, "--replace", **ENV)
    assert "cannot be kept for 20000002" in bad(*other, "--replace", "--keep-journal", **ENV)
    assert found_on(flash).tid == "20000001" and _count(flash) == 1
    good(*other, "--replace", "--erase-journal", **ENV)
    assert found_on(flash).tid == "20000002" and _count(flash) == 0


def test_c4_an_enrolled_terminal_gets_new_keys_only_when_asked(
    data: Path, host: Host, flash: Path, tmp_path: Path
) -> None:
    """C4: a replacement board; the old keys end. The journal may go with it."""
    good("provision", "--flash", flash, *enrol(data), *SITE, **ENV)
    old = found_on(flash)
    second = flash_image(tmp_path / "second.flash")
    command = ("provision", "--flash", second, *enrol(data), *SITE)
    assert "enrolled already; --again" in bad(*command, **ENV)
    _sell(second)
    good(*command, "--again", "--keep-journal", **ENV)
    new, known = found_on(second), host.enrolment.enrolled("20000001")
    assert known is not None and new.kcvs == known.kcvs != old.kcvs
    assert _count(second) == 1


def test_c4_an_interrupted_enrolment_goes_on_with_its_keys(
    data: Path, host: Host, flash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C4: the host has entered the terminal, the cable was pulled: the same command again, without --again."""
    command = ("provision", "--flash", flash, *enrol(data), *SITE)
    with monkeypatch.context() as patch:
        patch.setattr(provision, "_PROVISION", "def work(): pass\nraise OSError(5)\n")
        assert "the board refused" in bad(*command, **ENV)
    known = host.enrolment.enrolled("20000001")
    assert found_on(flash).tid == "" and known is not None
    assert {path.stat().st_mode & 0o077 for path in (data / "bundles").iterdir()} == {0}
    good(*command, **ENV)
    assert found_on(flash).kcvs == known.kcvs
    assert list((data / "bundles").iterdir()) == []


def test_c4_over_a_serial_line(data: Path, flash: Path) -> None:
    """C4: through the REPL, unseen by the command line; afterwards the application starts and says who it is."""
    status = {"level": "counter", "tid": "20000001", "state": "signed_out", "reason": "sign_in"}
    with Peer(lambda name, arguments: status, on_board(flash), is_app=False) as peer:
        text = good("provision", "--serial", peer.port, *enrol(data), *SITE, **ENV)
        assert "It has started: signed_out, sign_in." in text
        assert PSK in "".join(peer.ran) and PSK not in text
    assert found_on(flash).tid == "20000001"


@pytest.mark.parametrize("cut_after", [5, 40, 1500, 4500, 6000])
def test_c4_a_cable_pulled_at_any_byte_leaves_no_half(data: Path, flash: Path, cut_after: int) -> None:
    """C4: one line; then the same command again."""
    with Peer(run=on_board(flash), is_app=False, cut_after=cut_after) as peer:
        assert "cable pulled?" in bad("provision", "--serial", peer.port, *enrol(data), *SITE, **ENV)
    assert found_on(flash).tid in ("", "20000001")  # all of it had been said, or not
    good("provision", "--flash", flash, *enrol(data), *SITE, **ENV)
    assert found_on(flash).tid == "20000001"
    assert not (data / "bundles").exists() or list((data / "bundles").iterdir()) == []


def test_c4_a_port_that_cannot_be_used_is_named(data: Path, tmp_path: Path, host: Host) -> None:
    """C4: missing, busy, silent; the host has entered nothing."""
    command = (*enrol(data), *SITE)
    assert "there is no such port" in bad("provision", "--serial", tmp_path / "ttyUSB9", *command, **ENV)
    with Peer(takes_interrupt=False) as peer:
        assert "switched on and awake?" in bad("provision", "--serial", peer.port, *command, **ENV)
        with SerialLine(peer.port):
            assert "the port is busy" in bad("provision", "--serial", peer.port, *command, **ENV)
    assert host.enrolment.enrolled("20000001") is None


def test_c4_what_is_not_our_firmware_is_named(data: Path, tmp_path: Path, host: Host) -> None:
    """C4: a bare MicroPython, another version, byte code of another interpreter; the host has entered nothing."""
    boards = {
        "this firmware is not on the board": {"main.py": b"print('hello')"},
        "runs firmware 0.0.1, these tools are for": _firmware("0.0.1"),
    }
    for number, (words, files) in enumerate(boards.items()):
        flash = flash_image(tmp_path / f"{number}.flash", files)
        assert words in bad("provision", "--flash", flash, *enrol(data), *SITE, **ENV)
    flash = flash_image(tmp_path / "old.flash")
    with Board(flash) as board:
        board.exec("file = open('/lib/tr31.mpy', 'wb')\nfile.write(b'M\\x05\\x00\\x1f')\nfile.close()")
    assert "is not for MicroPython" in bad("provision", "--flash", flash, *enrol(data), *SITE, **ENV)
    assert host.enrolment.enrolled("20000001") is None


def _firmware(number: str) -> dict[str, bytes]:
    files = tree_files()
    files["firmware/terminal.py"] = re.sub(
        rb"(?m)^VERSION = .*$", f'VERSION = "{number}"'.encode(), files["firmware/terminal.py"]
    )
    return files


@pytest.mark.parametrize("name", ["tmk", "tak0", "tpk0"])
def test_c4_a_bundle_with_a_weak_key_is_refused(host: Host, flash: Path, tmp_path: Path, name: str) -> None:
    """C4: nothing is written."""
    keys = {"tmk": "C7F2A9015B3E4D8890AB12CD34EF5679", "tak0": "19F2A9015B3E4D8890AB12CD34EF5679"}
    keys |= {"tpk0": "55F2A9015B3E4D8890AB12CD34EF5679", name: "00" * 16}
    raw = TerminalKeys(**{key: bytes.fromhex(value) for key, value in keys.items()})
    custody, entered = sheets(tmp_path)
    bundle.save(host.enrolment.terminal("20000009", MID, "E32", keys=raw), tmp_path / "weak.json", entered)
    text = bad("provision", "--flash", flash, "--bundle", tmp_path / "weak.json", *custody, *SITE, **ENV)
    assert f"{name.upper()} is weak: it is all zeros; nothing was written" in text
    assert found_on(flash).why == "C1 missing"


def test_c4_a_journal_that_cannot_be_read_is_erased_only_when_asked(data: Path, flash: Path) -> None:
    """C4: what no power cut leaves behind."""
    _sell(flash)
    with Board(flash) as board:
        region = board.regions["journal"]
        for sector in (10, 20, 30):
            board.flash.program(region.start + 4096 * sector, board.flash.read(region.start, 64))
    command = ("provision", "--flash", flash, *enrol(data), *SITE)
    assert "journal cannot be read; --erase-journal" in bad(*command, **ENV)
    good(*command, "--erase-journal", **ENV)


def test_c4_step_by_step(data: Path, flash: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """C4: every answer is checked at once, the key is not shown, and all of it is shown before anything is written."""
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [])
    answers = [str(flash), str(tmp_path / "none.json"), "", str(tmp_path), str(data), "2000", "20000003"]
    answers += ["999999999999999", MID, "E32-3"]
    answers += ["shop", "short", PSK, "999.1.1.1", "10.0.0.9", "0", "8583", "other", "reference", "fr", "en", "n"]
    text = run("provision", stdin="\n".join([*answers, "n"]) + "\n").output
    assert "not provisioned" in text and "is missing" in text and "terminal number of eight digits" in text
    assert "8 to 63" in text and "neither an IPv4" in text and "'fr' is not one of" in text
    assert "there is no merchant 999999999999999" in text and "there are headless, reference" in text
    assert re.search(r"Wi-Fi +│ shop, key set", text) and "stopped; nothing more was written" in text
    assert PSK not in text and found_on(flash).tid == ""
    text = good("provision", stdin="\n".join([*answers, "y"]) + "\n")
    assert "Terminal 20000003 is in t.flash: written" in text
    assert found_on(flash).tid == "20000003"


def test_c4_the_guide_stops_where_nobody_answers(tmp_path: Path, flash: Path) -> None:
    """C4: a script that lacks an option is told, not left waiting."""
    assert "stopped" in bad("provision", "--flash", flash, "--ssid", "shop", **ENV)


def test_c4_nothing_secret_is_in_what_fails(
    data: Path, host: Host, flash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C4, invariant 6: a board that prints back what it was told."""
    monkeypatch.setattr(provision, "_POWER", "raise ValueError('no')\n")
    result = run("provision", "--flash", flash, *enrol(data), *SITE, **ENV)
    kept = bundle.load(data / "bundles" / "20000001.json", host.enrolment.keeping())
    assert result.exit_code == 1 and PSK not in result.output
    secrets = (kept.tmk, kept.tak0, kept.tpk0, kept.client_key)
    assert not [key for key in secrets if key.hex() in result.output.lower()]


class _Liar:
    """A board that confirms other keys."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def exec(self, code: str) -> str:
        return re.sub(r"KCV \S+", "KCV 000000", self._board.exec(code))


def test_c4_other_keys_than_the_bundles_are_noticed(host: Host, flash: Path) -> None:
    """C4: what is read back is compared; three check values, not one key."""
    identity: TerminalIdentity = host.enrolment.terminal("20000005", MID, "E32")
    with Board(flash) as board, pytest.raises(ProvisionError, match="other keys than the bundle"):
        provision.provision(_Liar(board), identity, Site("shop", PSK, "10.0.0.9", 8583), datetime.now(UTC))
    assert len(kcvs_of(identity)) == 3
