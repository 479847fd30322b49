# SPDX-License-Identifier: MIT
"""`qiandao play` (C5): scripts on a board of their own or in a flash file; the examples of docs/script.md."""

import re
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from tests_host.journeys.bench import Bench
from tools.cli import main
from tools.docs import script_page
from tools.docs.page import PageError, fill
from tools.emulator import flash_image

_PAGE: Final = Path(__file__).parents[2] / "docs" / "script.md"
_EXAMPLES: Final = re.findall(r"```script\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
_MORNING: Final = "step The morning\npower on\npower hold 1600\nexpect 请签到\npicture locked\n"


def _play(*words: str, stdin: str = "") -> Result:
    result = CliRunner(env={"COLUMNS": "140"}).invoke(main, ["play", *words], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


@pytest.mark.parametrize("script", _EXAMPLES, ids=lambda script: script.splitlines()[0])
def test_c5_the_examples_of_the_manual_hold(provisioned: Bench, script: str) -> None:
    provisioned.play(script)


def test_c5_the_manual_has_examples_and_every_command() -> None:
    assert len(_EXAMPLES) >= 3
    text = _PAGE.read_text(encoding="utf-8")
    assert fill(text, script_page.parts()) == text, "run 'make docs'"
    with pytest.raises(PageError, match="should be"):
        fill(text, {"commands": ""})


def test_c5_a_script_shows_its_screens_and_keeps_them(tmp_path: Path) -> None:
    script, out = tmp_path / "morning.txt", tmp_path / "pictures"
    script.write_text(_MORNING + "linked\nhost answer 91\npress ENTER", encoding="utf-8")
    result = _play(str(script), "--out", str(out))
    assert result.exit_code == 0, result.output
    assert " 1  The morning  (" in result.output
    assert result.output.count("╭") == 2  # the picture and the end
    assert "locked    LED" in result.output
    assert {path.name for path in out.iterdir()} == {"01-locked.png", "sheet.png", "day.gif"}


def test_c5_a_script_that_fails_says_where(tmp_path: Path) -> None:
    result = _play("-", "--quiet", stdin=_MORNING + "press ENTER\nexpect 营业中 within 1 s")
    assert result.exit_code == 1
    assert "Error: -: line 7: expect 营业中 within 1 s: expected '营业中', the screen says:\n" in result.output
    assert "签到准备" in result.output
    assert "╭" not in result.output


def test_c5_a_board_of_ones_own_keeps_what_happened(tmp_path: Path) -> None:
    """A flash file is played on as it is; without provisioning the terminal says so."""
    flash = flash_image(tmp_path / "board.flash")
    before = flash.read_bytes()
    words = ("--flash", str(flash), "--route", "192.168.4.10:8583=127.0.0.1:1", "--ssid", "shop", "--all")
    result = _play("-", *words, stdin="power on\npower hold 1600\nexpect 终端未初始化")
    assert result.exit_code == 0, result.output
    assert result.output.count("╭") > 2
    assert flash.read_bytes() != before


@pytest.mark.parametrize(
    ("words", "stdin", "reason"),
    [
        (("none.txt",), "", "none.txt: cannot be read: No such file or directory"),
        (("-",), "power on\nsing", "-: line 2: sing: unknown command 'sing'"),
        (("-", "--flash", "none.flash"), "power on", "-: none.flash: No such file or directory"),
        (("-", "--flash", "{short}"), "power on", "is not 4194304 bytes long"),
        (("-", "--flash", "x", "--route", "here"), "", "'here' is not SEEN=REAL"),
        (("-", "--flash", "x", "--route", "here=there"), "", "'here' is not ADDRESS:PORT"),
        (("-", "--flash", "x", "--route", "a:0=b:1"), "", "'a:0' is not ADDRESS:PORT"),
        (("-", "--ssid", "shop"), "", "--route and --ssid go with --flash"),
    ],
)
def test_c5_wrong_input_gets_one_clear_line(tmp_path: Path, words: tuple[str, ...], stdin: str, reason: str) -> None:
    short = tmp_path / "short.flash"
    short.write_bytes(b"\xff" * 100)
    result = _play(*(word.format(short=short) for word in words), stdin=stdin)
    assert result.exit_code in (1, 2)
    assert reason in result.output
