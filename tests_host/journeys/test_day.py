# SPDX-License-Identifier: MIT
"""The shop's day of `make day` (C5, and with it P1 .. O6): it ends well, and it fails when a step or the books do."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from PIL import Image

from tools.day import audit
from tools.emulator.image import regions
from tools.host.host import Host
from tools.journal import JournalImage, Status, read_journal

_ROOT: Final = Path(__file__).parents[2]
_SCRIPT: Final = _ROOT / "tools" / "day" / "day.script"
_TID: Final = "10000001"
_LIMIT_S: Final = 30.0
_DARK: Final = "asleep"


class _Run(NamedTuple):
    """What a day left."""

    folder: Path
    code: int
    text: str
    spent_s: float


def _day(folder: Path, *words: str) -> _Run:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tools.day", "--out", str(folder), *words],
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )
    return _Run(folder, done.returncode, done.stdout, time.monotonic() - started)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> _Run:
    """The day as it is, with the host's files and the flash kept."""
    return _day(tmp_path_factory.mktemp("day"), "--keep")


@pytest.fixture
def host(day: _Run) -> Iterator[Host]:
    """The host's books at the end of the day."""
    work = day.folder / "work"
    host = Host(f"sqlite:///{work / 'host.sqlite'}", work / "pki")
    yield host
    host.close()


@pytest.fixture
def journal(day: _Run) -> JournalImage:
    """The terminal's journal at the end of the day."""
    region = regions()["journal"]
    flash = (day.folder / "work" / f"{_TID}.flash").read_bytes()
    return read_journal(flash[region.start : region.start + region.size])


def test_c5_the_day_ends_well_and_soon(day: _Run) -> None:
    """C5: every step is met, both sides agree."""
    assert day.code == 0, day.text[-4000:]
    share = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # the limit is for a machine with nothing else to do
    assert day.spent_s < _LIMIT_S * share
    assert "The day ended well" in day.text
    assert "NO" not in re.findall(r"│ (yes|NO) ", day.text)
    assert day.text.count("╭") == len(re.findall("^picture ", _SCRIPT.read_text(), re.MULTILINE))


def test_c5_every_screen_is_a_picture(day: _Run) -> None:
    """C5: a PNG for each, the contact sheet and the animation."""
    names = re.findall("^picture (.*)$", _SCRIPT.read_text(), re.MULTILINE)
    paths = sorted(day.folder.glob("[0-9][0-9]-*.png"))
    assert [path.stem[3:] for path in paths] == names
    lit = {}
    for path in paths:
        with Image.open(path) as image:
            lit[path.stem[3:]] = sum(image.convert("L").point(lambda level: level > 180).histogram()[1:])
    assert lit.pop(_DARK) < 500  # the paper around the rounded bezel
    assert min(lit.values()) > 1000
    with Image.open(day.folder / "sheet.png") as sheet, Image.open(day.folder / "day.gif") as film:
        assert sheet.height > 1000
        assert getattr(film, "n_frames", 0) > len(names)


def test_s4_the_host_knows_who_worked(host: Host) -> None:
    """E2, S4: one wrong PIN, one sign-in on shift 1, signed out at the terminal."""
    rows = [(row.operator, row.shift, row.result, row.sign_out) for row in host.books.sign_ins(_TID)]
    assert rows == [("001", "1", "55", ""), ("001", "1", "00", "T")]


def test_o3_the_books_agree(host: Host, journal: JournalImage) -> None:
    """O3, W1, W3: three cash sales and one by QR, in both."""
    lines = audit.compare(host.books, journal, _TID)
    assert [line.what for line in lines if not line.is_agreed] == []
    assert sum("STAN" in line.what for line in lines) == 4


def _without(journal: JournalImage) -> None:
    del journal.transactions[1]


def _altered(journal: JournalImage) -> None:
    journal.transactions[0] = replace(journal.transactions[0], amount=1)


def _waiting(journal: JournalImage) -> None:
    journal.transactions[2] = replace(journal.transactions[2], status=Status.QUEUED)


def _invented(journal: JournalImage) -> None:
    journal.transactions.append(replace(journal.transactions[2], stan=77))


def _unsettled(journal: JournalImage) -> None:
    journal.state["batch"] = 1


def _signed_in(journal: JournalImage) -> None:
    journal.state["operator"] = 1


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (_without, "STAN"),
        (_altered, "totals"),
        (_waiting, "STAN"),
        (_invented, "STAN 000077"),
        (_unsettled, "settlement"),
        (_signed_in, "signed in"),
    ],
)
def test_o3_a_difference_is_noticed(
    host: Host, journal: JournalImage, spoil: Callable[[JournalImage], None], what: str
) -> None:
    """O3: whatever one side says otherwise is named."""
    spoil(journal)
    assert [line.what for line in audit.compare(host.books, journal, _TID) if not line.is_agreed and what in line.what]


_START = "step The morning\npower on\nwait 1 s\npower hold 1600\nexpect 请签到\n"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (_START + "step Too hopeful\npress ENTER\nexpect 营业中 within 2 s", "step 2, 'Too hopeful'"),
        (_START + "step Too short\npower cut\npower on\nwait 1 s\npower hold 1600\ndark", "something lit"),
        ("step Nonsense\npower on\npress NONSENSE", "KEYS cannot be 'NONSENSE'"),
        ("step Nonsense\nsing", "unknown command"),
    ],
)
def test_c5_a_day_that_goes_wrong_fails(tmp_path: Path, script: str, reason: str) -> None:
    """C5: the step is named, the line and what the screen showed; the exit code says it too."""
    path = tmp_path / "doctored.script"
    path.write_text(script)
    run = _day(tmp_path / "out", "--quiet", "--script", str(path))
    assert run.code == 1
    assert reason in run.text
    assert "doctored.script, line" in run.text
    assert "Traceback" not in run.text


def test_c5_each_day_begins_anew_and_leaves_no_keys(tmp_path: Path) -> None:
    """C5: an earlier day's files are gone, others in the folder stay, and so do no keys."""
    for name in ("07-old.png", "sheet.png", "mine.txt"):
        (tmp_path / name).write_text("old")
    (tmp_path / "work").mkdir()
    path = tmp_path / "short.script"
    path.write_text(_START + "picture locked")
    assert _day(tmp_path, "--quiet", "--script", str(path)).code == 0
    assert {entry.name for entry in tmp_path.iterdir()} == {
        "01-locked.png",
        "day.gif",
        "mine.txt",
        "sheet.png",
        "short.script",
    }
