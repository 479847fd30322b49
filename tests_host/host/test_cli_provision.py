# SPDX-License-Identifier: MIT
"""`qiandao provision` and the command's top (mission C4): what a person at the bench sees, good and bad."""

import json
import re
import secrets
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests_host.host.conftest import MID, TID
from tools.cli import main
from tools.emulator import Board
from tools.host import bundle, components, crypto
from tools.host.components import Components
from tools.host.host import Host

PSK = "correct horse battery"
_SETTINGS = ("tid", "ssid", "psk", "address", "port", "language")
COMPONENTS = {"--first-component": "1", "--second-component": "2"}
GOOD = {"--ssid": "shop", "--address": "192.168.4.10", "--port": "8583"}


@pytest.fixture
def files(host: Host, tmp_path: Path) -> Path:
    """A folder with the bundle of one terminal, and the components over it in two files."""
    folder = tmp_path / "bench"
    folder.mkdir()
    for name in COMPONENTS.values():
        components.create(folder / name)
    bundle.save(host.enrolment.terminal(TID, MID, "E32-0001"), folder / "t.json", _entered(folder))
    return folder


def _entered(folder: Path) -> Components:
    return components.of_files(*(folder / name for name in COMPONENTS.values()))


def _run(folder: Path, *words: str, psk: str | None = PSK, stdin: str = "", **changes: str) -> Result:
    options = {"--flash": str(folder / "t.flash"), "--bundle": str(folder / "t.json"), **GOOD}
    options |= {name: str(folder / file) for name, file in COMPONENTS.items()}
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
    identity = bundle.load(files / "t.json", _entered(files))
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


def _typing(folder: Path, *wrong: str, name: str = "t.json") -> Result:
    """Both custodians type what is on their sheets, each twice; first what is wrong."""
    sheets = [(folder / file).read_text().strip() for file in COMPONENTS.values()]
    lines = [*wrong, *(line for sheet in sheets for line in (sheet, sheet))]
    options = {"--flash": folder / "t.flash", "--bundle": folder / name, **GOOD}
    words = [str(word) for pair in options.items() for word in pair]
    environment = {"COLUMNS": "120", "QIANDAO_PSK": PSK}
    result = CliRunner(env=environment).invoke(main, ["provision", "--new", *words], input="\n".join(lines) + "\n")
    assert not [sheet for sheet in sheets if sheet in result.output]
    return result


def test_c4_two_custodians_type_their_components(files: Path) -> None:
    """C4: unseen, each twice with the check value between; what is mistyped is typed again."""
    other = secrets.token_hex(32)
    text = _good(_typing(files, "seven77", other, secrets.token_hex(32)))
    entered = _entered(files)
    assert "has 32 or 64 hexadecimal digits" in text and "The two are not the same" in text
    assert (
        f"Its check value is {crypto.kcv(entered.first)}" in text and f"value is {crypto.kcv(entered.second)}" in text
    )
    assert f"Transport key: check value {crypto.kcv(entered.key)}" in text
    assert other not in text and "written" in text


def test_c4_components_of_another_bundle_are_refused(files: Path, host: Host) -> None:
    """C4: by their check value; and those of a TMK are not taken for a transport key's."""
    bundle.save(host.enrolment.terminal("20000002", MID, "E32-2"), files / "other.json", Components.fresh())
    assert "the components are not those of" in _bad(_typing(files, name="other.json"))
    assert "--components asks for them" in _bad(_run(files, "--new", bundle=str(_of_tmk(files, host))))
    assert "so no components of it are wanted" in _bad(_run(files, "--new", "--components"))
    assert not (files / "t.flash").exists()


def _of_tmk(folder: Path, host: Host) -> Path:
    """A bundle whose TMK the custodians hold."""
    keys = host.enrolment.keys_under(_entered(folder).key)
    path = folder / "tmk.json"
    bundle.save(host.enrolment.terminal("20000003", MID, "E32-3", keys=keys), path, _entered(folder))
    return path


def test_c4_the_tmk_comes_in_two_components(files: Path, host: Host) -> None:
    """C4: without a key block of it."""
    path = _of_tmk(files, host)
    text = _good(_run(files, "--new", "--components", bundle=str(path)))
    known = host.enrolment.enrolled("20000003")
    assert known is not None and known.kcvs[0] == crypto.kcv(_entered(files).key)
    assert all(kcv in text for kcv in known.kcvs) and f"TMK: check value {known.kcvs[0]}" in text


def test_c4_the_guide_knows_which_key_the_custodians_hold(files: Path, host: Host) -> None:
    """C4: it says so before anybody types, with the check value that the sheets must come to."""
    custody = [word for name, file in COMPONENTS.items() for word in (name, str(files / file))]
    for number, (path, name) in enumerate(((files / "t.json", "transport key"), (_of_tmk(files, host), "TMK"))):
        board = ["--flash", str(files / f"{number}.flash"), "--new", "--bundle", str(path)]
        answers = "shop\n192.168.4.10\n" + "\n" * 5
        result = CliRunner(env={"QIANDAO_PSK": PSK}).invoke(main, ["provision", *board, *custody], input=answers)
        value = crypto.kcv(_entered(files).key)
        assert f"two custodians will enter the {name} of check value {value}" in _good(result)
        assert "written" in result.output


def test_c4_one_component_file_is_not_enough(files: Path) -> None:
    """C4: nor one that others can read."""
    arguments = ["provision", "--flash", str(files / "t.flash"), "--new", "--bundle", str(files / "t.json")]
    site = [word for pair in GOOD.items() for word in pair]
    half = ["--first-component", str(files / "1")]
    assert "both custodians" in _bad(CliRunner(env={"QIANDAO_PSK": PSK}).invoke(main, [*arguments, *site, *half]))
    (files / "2").chmod(0o644)
    assert "can be read by others: chmod 600" in _bad(_run(files, "--new"))
    assert not (files / "t.flash").exists()


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


def _damage_bundle(folder: Path) -> None:
    document = json.loads((folder / "t.json").read_text())
    document["tmk"] = document["tmk"][:-1] + ("0" if document["tmk"][-1] != "0" else "1")
    (folder / "t.json").write_text(json.dumps(document))


def test_c4_a_bundle_that_does_not_open_is_refused(files: Path) -> None:
    """C4: altered on its way."""
    _damage_bundle(files)
    assert "t.json is damaged" in _bad(_run(files, "--new"))
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
