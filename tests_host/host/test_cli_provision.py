# SPDX-License-Identifier: MIT
"""`qiandao provision` and the command's top (mission C4): what a person at the bench sees, good and bad."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests_host.host.conftest import MID, TID
from tools.cli import main
from tools.emulator import Board
from tools.host import bundle, crypto
from tools.host.host import Host

PSK = "correct horse battery"
_SETTINGS = ("tid", "ssid", "psk", "address", "port", "language")
GOOD = {"--ssid": "shop", "--address": "192.168.4.10", "--port": "8583"}


@pytest.fixture
def files(host: Host, tmp_path: Path) -> Path:
    """A folder with the bundle and the transport key of one terminal."""
    folder = tmp_path / "bench"
    folder.mkdir()
    bundle.save(host.enrolment.terminal(TID, MID, "E32-0001"), folder / "t.json")
    return folder


def _run(folder: Path, *words: str, psk: str | None = PSK, stdin: str = "", **changes: str) -> Result:
    options = {"--flash": str(folder / "t.flash"), "--bundle": str(folder / "t.json"), **GOOD}
    options |= {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    arguments = [word for pair in options.items() for word in pair]
    environment = {"COLUMNS": "120", "QIANDAO_PSK": psk}
    return CliRunner(env=environment).invoke(main, ["provision", *arguments, *words], input=stdin)


def _good(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def _bad(result: Result) -> str:
    """A refused command: one clear line, no traceback."""
    assert result.exit_code in (1, 2), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.output


def test_c4_a_new_board_gets_its_identity_and_shows_check_values(files: Path) -> None:
    """C4: bundle and Wi-Fi go in, key check values come out, and nothing secret is shown."""
    identity = bundle.load(files / "t.json")
    text = _good(_run(files, "--new"))
    keys = {"TMK": identity.tmk, "TAK0": identity.tak0, "TPK0": identity.tpk0}
    for name, key in keys.items():
        assert re.search(rf"{name} .*{crypto.kcv(key)}", text), text
    assert TID in text
    assert not [key for key in keys.values() if key.hex().upper() in text.upper()]
    assert PSK not in text
    with Board(files / "t.flash") as board:
        said = board.exec(f"from firmware.store import settings\nfor name in {_SETTINGS}: print(settings.load()[name])")
    assert said.splitlines() == [TID, "shop", PSK, "192.168.4.10", "8583", "zh"]
    assert (files / "t.flash").stat().st_mode & 0o077 == 0


def test_c4_a_board_can_be_provisioned_again(files: Path) -> None:
    """C4: another place, another language; --new would overwrite it and is refused."""
    _good(_run(files, "--new"))
    assert "exists already" in _bad(_run(files, "--new"))
    _good(_run(files, address="host.shop.test", language="en"))
    with Board(files / "t.flash") as board:
        said = board.exec("from firmware.store import settings\nprint(settings.load()['address'])")
    assert said.strip() == "host.shop.test"


def test_c4_the_wifi_key_is_asked_for_unseen(files: Path) -> None:
    """C4: without QIANDAO_PSK there is a prompt; an option for it does not exist."""
    text = _good(_run(files, "--new", psk=None, stdin=f"{PSK}\n"))
    assert "Wi-Fi key" in text
    assert PSK not in text
    assert "No such option" in _bad(_run(files, "--psk", PSK))


def test_c4_the_transport_key_may_lie_elsewhere(files: Path) -> None:
    """C4: bundle and key travel separately."""
    shutil.move(files / "t.key", files / "sent-by-letter.key")
    assert "t.key does not exist" in _bad(_run(files, "--new"))
    _good(_run(files, "--new", key_file=str(files / "sent-by-letter.key")))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"address": "192.168.4.300"}, "neither an IPv4 address nor a host name"),
        ({"address": "host name"}, "neither an IPv4 address nor a host name"),
        ({"address": "h" * 63 + ".test"}, "neither an IPv4 address nor a host name"),
        ({"port": "0"}, "1<=x<=65535"),
        ({"port": "65536"}, "1<=x<=65535"),
        ({"port": "web"}, "not a valid integer"),
        ({"ssid": ""}, "1 to 32 bytes"),
        ({"ssid": "店" * 11}, "1 to 32 bytes"),
        ({"language": "fr"}, "fr"),
        ({"bundle": "/nowhere/t.json"}, "/nowhere/t.json does not exist"),
        ({"flash": "/nowhere/t.flash"}, "No such file"),
    ],
)
def test_c4_wrong_input_is_one_clear_line(files: Path, changes: dict[str, str], reason: str) -> None:
    """C4: what is wrong and nothing else; no half-made board is left."""
    assert reason in _bad(_run(files, "--new", **changes))
    assert not (files / "t.flash").exists()


def test_c4_a_wifi_key_that_is_none_is_refused(files: Path) -> None:
    """C4: a key of seven characters cannot be one."""
    text = _bad(_run(files, "--new", psk="seven77"))
    assert "8 to 63" in text
    assert "seven77" not in text


def _swap_key(folder: Path) -> None:
    (folder / "t.key").chmod(0o600)
    (folder / "t.key").write_text("00" * 32)


def _damage_bundle(folder: Path) -> None:
    document = json.loads((folder / "t.json").read_text())
    document["tmk"] = document["tmk"][:-1] + ("0" if document["tmk"][-1] != "0" else "1")
    (folder / "t.json").write_text(json.dumps(document))


@pytest.mark.parametrize("spoil", [_swap_key, _damage_bundle])
def test_c4_a_bundle_that_does_not_open_is_refused(files: Path, spoil: Callable[[Path], None]) -> None:
    """C4: another terminal's key, or a bundle altered on its way."""
    spoil(files)
    assert "is damaged, or the key beside it is another's" in _bad(_run(files, "--new"))
    assert not (files / "t.flash").exists()


def test_c4_a_profile_that_the_board_does_not_have_is_refused(files: Path) -> None:
    """C4: the board is asked what it knows; a new file is not left behind."""
    text = _bad(_run(files, "--new", profile="p" * 17))
    assert "on the board (there are " in text and "reference" in text
    assert not (files / "t.flash").exists()


def test_c4_a_file_that_is_no_board_is_refused(files: Path) -> None:
    """C4: too short to be a flash chip."""
    (files / "t.flash").write_bytes(b"nothing")
    assert "bytes long" in _bad(_run(files))
    assert "--new" in _bad(_run(files, flash=str(files / "other.flash")))


def test_c5_the_command_lists_what_it_has(tmp_path: Path) -> None:
    """C5: one command, `qiandao`."""
    text = _good(CliRunner().invoke(main, ["--help"]))
    assert all(name in text for name in ("day", "host", "provision"))
    assert "enrol-terminal" in _good(CliRunner().invoke(main, ["host", "--help"]))
    assert "No such command" in _bad(CliRunner().invoke(main, ["nonsense"]))
