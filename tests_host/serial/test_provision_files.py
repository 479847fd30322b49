# SPDX-License-Identifier: MIT
"""`qiandao provision` from a TOML file, and from a CSV file for a batch of boards (mission C4)."""

from pathlib import Path

import pytest

from tests_host.serial.bench_host import ENV, MID, PSK, SITE, found_on
from tests_host.serial.commands import bad, good, run
from tests_host.serial.peer import Peer, on_board
from tools.emulator import flash_image
from tools.host import Host

pytestmark = pytest.mark.usefixtures("short_waits")


def test_c4_from_a_file(data: Path, flash: Path, tmp_path: Path) -> None:
    """C4: TOML with the options' names; paths start at the file; a key in it needs a closed file."""
    order = tmp_path / "t.toml"
    order.write_text(
        f"""
flash = "t.flash"
enrol = true
data = "data"
tid = "20000004"
mid = "{MID}"
serial_number = "E32-4"
ssid = "shop"
psk = "{PSK}"
address = "host.shop.test"
language = "en"
bench = true
"""
    )
    order.chmod(0o644)
    assert "chmod 600" in bad("provision", "--from", order)
    order.chmod(0o600)
    assert PSK not in good("provision", "--from", order)
    assert found_on(flash).tid == "20000004"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flash = ", "Invalid value"),
        ('ssid = ""\nport = 0', "t.toml, port: 0 is not in the range 1<=x<=65535"),
        ("colour = 1", "there is no field 'colour'"),
        ('serial = "/dev/null"\nflash = "t.flash"\nbundle = "x"\nssid = "s"\naddress = "h"', "exclude each other"),
    ],
)
def test_c4_a_wrong_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    """C4: with the field that is wrong."""
    (tmp_path / "t.toml").write_text(text)
    assert words in bad("provision", "--from", tmp_path / "t.toml", **ENV)
    assert "No such file" in bad("provision", "--from", tmp_path / "none.toml", **ENV)


def _batch(tmp_path: Path, *rows: str, columns: str = "tid,serial_number,flash,new") -> Path:
    path = tmp_path / "boards.csv"
    path.write_text("\n".join([columns, *rows]) + "\n")
    return path


def test_c4_a_batch_goes_on_after_a_failed_row_and_is_repeated(data: Path, tmp_path: Path, host: Host) -> None:
    """C4: three boards, the second is missing; the next day it is there, and only it is written."""
    rows = ["20000011, E32-11, a.flash, yes", "20000012, E32-12, b.flash, no", "20000013, E32-13, c.flash, yes"]
    common = ("--enrol", "--data", data, "--mid", MID, *SITE)
    text = bad_batch("provision", "--batch", _batch(tmp_path, *rows), *common, **ENV)
    assert (
        "doesnotexist" in "".join(text.split()).replace("│", "") and "2 of 3 boards are provisioned, 1 failed" in text
    )
    assert host.enrolment.enrolled("20000012") is None
    kept = {name: host.enrolment.enrolled(name) for name in ("20000011", "20000013")}
    flash_image(tmp_path / "b.flash")
    rows = [row.replace("yes", "no") for row in rows]
    text = good("provision", "--batch", _batch(tmp_path, *rows), *common, **ENV)
    assert text.count("was done already") == 2 and "3 of 3 boards are provisioned." in text
    assert {name: host.enrolment.enrolled(name) for name in kept} == kept
    for name, tid in (("a", "20000011"), ("b", "20000012"), ("c", "20000013")):
        assert found_on(tmp_path / f"{name}.flash").tid == tid


def bad_batch(*words: object, **environment: str) -> str:
    result = run(*words, **environment)
    assert result.exit_code == 1 and "Traceback" not in result.output, result.output
    return result.output


@pytest.mark.parametrize(
    ("columns", "rows", "words"),
    [
        ("tid,flash", [], "no rows"),
        ("tid,colour", ["20000011,red"], "there is no field 'colour'"),
        ("tid,flash", ["20000011"], "line 2: another number of cells"),
        ("tid,flash", ["20000011,a,b"], "line 2: another number of cells"),
        ("tid,flash", ["20000011,a", "20000011,b"], "line 3: tid 20000011 stands in line 2 already"),
        ("tid,flash", ["2000,a"], "line 2, tid: '2000' is not a terminal number"),
        ("tid,language", ["20000011,fr"], "line 2, language: 'fr' is not one of"),
        ("tid,psk", ["20000011,secret"], "chmod 600"),
    ],
)
def test_c4_a_wrong_csv_is_named(tmp_path: Path, columns: str, rows: list[str], words: str) -> None:
    """C4: with its line; no board is touched."""
    path = _batch(tmp_path, *rows, columns=columns)
    path.chmod(0o644)
    text = bad("provision", "--batch", path, *SITE, **ENV)
    assert words in text and "secret" not in text
    path.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in bad("provision", "--batch", path, *SITE, **ENV)


def test_c4_one_port_for_many_boards(data: Path, flash: Path) -> None:
    """C4: before each further board somebody is asked to connect it; a board left in place is not written over."""
    rows = ["20000021,E32-21", "20000022,E32-22"]
    status = {"level": "open"}
    with Peer(lambda name, arguments: {**status, "tid": "20000021"}, on_board(flash), is_app=False) as peer:
        path = _batch(data.parent, *rows, columns="tid,serial_number")
        command = ("provision", "--batch", path, "--serial", peer.port, "--enrol", "--data", data, "--mid", MID, *SITE)
        result = run(*command, stdin="y\n", **ENV)
    assert result.exit_code == 1
    assert f"Connect the board of terminal 20000022 to {peer.port}" in result.output
    assert "the board is terminal 20000021; --replace" in result.output
