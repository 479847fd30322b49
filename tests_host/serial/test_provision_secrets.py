# SPDX-License-Identifier: MIT
"""Where a terminal's keys are not, from the host to the board: files, arguments of programs, logs, what is said, and
the serial line in both directions (mission C4, invariant 6). The keys are marked and looked for in every form.
"""

import base64
import logging
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests_host.marked import forms, found
from tests_host.serial import programs
from tests_host.serial.bench_host import ENV, MID, PSK, SITE, enrol, found_on, sheets
from tests_host.serial.commands import bad, good
from tests_host.serial.peer import Peer, on_board
from tools import provision
from tools.emulator import Board
from tools.host import Host, TerminalKeys, bundle, crypto
from tools.host.components import Components
from tools.host.enrol import Enrolment

pytestmark = pytest.mark.usefixtures("short_waits")

_PROGRAM: Final = Path(sys.executable).with_name("qiandao")
_TID: Final = "20000001"
KEYS: Final = TerminalKeys(*(crypto.cmac(bytes(range(16)), name) for name in (b"mark 1", b"mark 2", b"mark 3")))
MARKED: Final = {"TMK": KEYS.tmk, "TAK0": KEYS.tak0, "TPK0": KEYS.tpk0}


def in_files(folder: Path, marked: dict[str, bytes]) -> list[str]:
    """In every file but the flash of a board, and in their names."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".flash"]
    assert files
    return [f"{path.name}: {hit}" for path in files for hit in found(path.name.encode() + path.read_bytes(), marked)]


def outside_nvs(flash: Path, marked: dict[str, bytes]) -> list[str]:
    """In the flash of a board, without the region that keeps them; there they must be."""
    content = bytearray(flash.read_bytes())
    with Board(flash) as board:
        nvs = board.regions["nvs"]
    kept = bytes(content[nvs.start : nvs.start + nvs.size])
    assert all(key in kept for name, key in marked.items() if name in MARKED)
    content[nvs.start : nvs.start + nvs.size] = bytes(nvs.size)
    return found(bytes(content), marked)


class Said(Peer):
    """Notes what both ends say, each in one piece."""

    def __init__(self, flash: Path) -> None:
        super().__init__(lambda name, arguments: {"level": "counter", "tid": _TID}, on_board(flash), is_app=False)
        self.told = bytearray()

    def say(self, data: bytes) -> None:
        self.told += data
        super().say(data)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments and environment of every program that is started meanwhile."""
    seen: list[str] = []
    start = subprocess.Popen.__init__

    def noting(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        seen.append(f"{args!r} {options.get('env')!r}")
        start(self, args, *rest, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", noting)
    return seen


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The host makes these keys and no others."""
    monkeypatch.setattr(Enrolment, "_new_keys", lambda self: KEYS)
    monkeypatch.setattr(Enrolment, "keys_under", lambda self, tmk: TerminalKeys(tmk, KEYS.tak0, KEYS.tpk0))
    return dict(MARKED)


def test_the_search_finds_what_it_is_for() -> None:
    """Each form, and cut in two by a line's end."""
    for form in forms(KEYS.tmk):
        assert found(b"xx" + form + b"yy", MARKED) == ["TMK"]
    text = KEYS.tak0.hex()
    assert found(f"{text[:9]}\n{text[9:]}", MARKED) == ["TAK0"]
    assert found(base64.b64encode(b"some more" + KEYS.tpk0 + b"!"), MARKED) == ["TPK0"]


def test_c4_no_key_in_clear_on_the_way_by_bundle(
    data: Path,
    tmp_path: Path,
    flash: Path,
    marked: dict[str, bytes],
    started: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """C4: from the enrolment to the board at a serial line; the transport key neither."""
    caplog.set_level(logging.DEBUG)
    custody, entered = sheets(tmp_path)
    marked |= {"transport key": entered.key}
    books = ("host", "--db", data / "host.db", "--pki", data / "pki")
    out = tmp_path / "t.json"
    text = good(*books, "enrol-terminal", _TID, "--mid", MID, "--serial", "E32-1", "--out", out, *custody)
    with Said(flash) as peer:
        text += good("provision", "--serial", peer.port, "--bundle", out, *custody, *SITE, **ENV)
    _nothing_found(marked, text, caplog.text, started, peer)
    assert found_on(flash).kcvs == tuple(crypto.kcv(key) for key in MARKED.values())
    assert in_files(tmp_path, marked) == [] and outside_nvs(flash, marked) == []
    parts = {"first": entered.first, "second": entered.second}
    assert found(text + caplog.text + "".join(started), parts) == [] and outside_nvs(flash, parts) == []


def _nothing_found(marked: dict[str, bytes], text: str, log: str, started: list[str], peer: Said) -> None:
    """In what people see, in logs, in what was started, and on the line: as a whole, and what one line adds up to."""
    assert found(text, marked) == [] and found(log, marked) == [] and found("\n".join(started), marked) == []
    assert found(peer.heard, marked) == [] and found(peer.told, marked) == []
    assert b"D0112K1AD" in peer.heard or b'(b""' in peer.heard  # it did pass here
    assert b"KCV" in peer.told


def test_c4_no_key_in_clear_in_one_step(
    data: Path,
    tmp_path: Path,
    flash: Path,
    marked: dict[str, bytes],
    started: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """C4: `--enrol`; also in what an interrupted run leaves until it is repeated."""
    caplog.set_level(logging.DEBUG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provision, "_PROVISION", "def work(): pass\nraise OSError(5)\n")
        text = bad("provision", "--flash", flash, *enrol(data), *SITE, **ENV)
    assert (data / "bundles" / f"{_TID}.json").is_file() and in_files(tmp_path, marked) == []
    with Said(flash) as peer:
        text += good("provision", "--serial", peer.port, *enrol(data), *SITE, **ENV)
    _nothing_found(marked, text, caplog.text, started, peer)
    assert in_files(tmp_path, marked) == [] and outside_nvs(flash, marked) == []


def test_c4_the_tmk_of_components_is_nowhere_in_clear(
    data: Path,
    tmp_path: Path,
    flash: Path,
    marked: dict[str, bytes],
    started: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """C4: `--components`: no line holds both of them."""
    caplog.set_level(logging.DEBUG)
    custody, entered = sheets(tmp_path)
    marked["TMK"] = entered.key
    books = ("host", "--db", data / "host.db", "--pki", data / "pki")
    out = tmp_path / "t.json"
    command = ("enrol-terminal", _TID, "--mid", MID, "--serial", "E32-1", "--out", out, "--components", *custody)
    text = good(*books, *command)
    with Said(flash) as peer:
        text += good("provision", "--serial", peer.port, "--bundle", out, "--components", *custody, *SITE, **ENV)
    _nothing_found(marked, text, caplog.text, started, peer)
    parts = {"first": entered.first, "second": entered.second}
    lines = [line for line in bytes(peer.heard).splitlines() if found(line, parts)]
    assert [found(line, parts) for line in lines] == [["first"], ["second"]]
    assert in_files(tmp_path, marked) == [] and found_on(flash).kcvs[0] == crypto.kcv(entered.key)


def _visible(process: int) -> bytes:
    """Arguments and environment of a program; nothing of one that has just ended."""
    with suppress(OSError):
        return b"".join(Path(f"/proc/{process}/{name}").read_bytes() for name in ("cmdline", "environ"))
    return b""


def test_c4_the_programs_themselves_are_given_no_key(data: Path, tmp_path: Path, host: Host, flash: Path) -> None:
    """C4: as other users see them in /proc while they wait for the custodians, who type."""
    entered = Components.fresh()
    bundle.save(host.enrolment.terminal(_TID, MID, "E32-1", keys=KEYS), tmp_path / "t.json", entered)
    marks = {**MARKED, "transport key": entered.key, "first": entered.first, "second": entered.second}
    words = (str(_PROGRAM), "provision", f"--flash={flash}", f"--bundle={tmp_path / 't.json'}", *SITE)
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with programs.program(*words, text=True, env={**os.environ, "QIANDAO_PSK": PSK}, **streams) as process:
        assert process.stdin is not None and process.stdout is not None
        for part in (entered.first, entered.second):
            process.stdin.write(f"{part.hex()}\n" * 2)
            process.stdin.flush()
        seen = b""
        told = ""
        for line in process.stdout:
            told += line
            seen += _visible(process.pid)
        assert process.wait(programs.PATIENCE_S) == 0, told
    assert b"provision" in seen and found(seen, marks) == [] and found(told, marks) == []
    assert found_on(flash).kcvs == tuple(crypto.kcv(key) for key in MARKED.values())
