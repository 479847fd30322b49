# SPDX-License-Identifier: MIT
"""The script language: every form is understood and does its work, and what is not says what is allowed."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests_host.emulator.conftest import MakeBoard
from tools.emulator import Board
from tools.emulator.script import Player, ScriptError, read_script, understand
from tools.emulator.script_syntax import COLOURS, FORMS, KINDS, Form, parse

_TALK: Final = """
import asyncio, machine, sys
print("hello from the board")
pwm = machine.PWM(machine.Pin(18), freq=1000, duty_u16=65535)
async def listen():
    line = await asyncio.StreamReader(sys.stdin).readline()
    print("heard", line.decode().strip())
    while True:
        await asyncio.sleep(1)
asyncio.run(listen())
"""
_CONVERSATION: Final = """
off
power on
awake
serial expect hello
serial expect board within 1 s
serial send good day
serial expect heard good day
wait 3 s
led steady red
reset
serial expect hello
power off
off within 1 s
"""


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.words)
def test_each_example_is_understood_as_its_form(form: Form) -> None:
    assert parse(form.example).form is form


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("power hold 1600", (1600,)),
        ("power hold 1.5 s", (1500,)),
        ("power cut at flash 3 before", (3, "before")),
        ("cut power at flash write 17", (17, None)),
        ("press 1 2 3 enter", (["1", "2", "3", "ENTER"],)),
        ("press * #", (["*", "#"],)),
        ("type 00 1", (["0", "0", "1"],)),
        ("expect  密码 操作员001", ("密码 操作员001", None)),
        ("expect 成功 within 60s", ("成功", 60_000)),
        ("expect not 成功 within 2 min", ("成功", 120_000)),
        ("expect within reach", ("within reach", None)),
        ("expect not", ("not", None)),
        ("led alternating red green within 3 s", ("red", "green", 3000)),
        ("host answer A0", ("A0", None)),
        ("wait 2 h", (7_200_000,)),
        ("release", (None,)),
        ("battery 4", (4.0,)),
    ],
)
def test_values_are_read(line: str, values: tuple[object, ...]) -> None:
    assert parse(line).values == values


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "unknown command ''"),
        ("sing", "unknown command 'sing'; there are asleep, awake, battery"),
        ("pres 1", "did you mean 'press'?"),
        ("press", "not understood; write 'press KEYS'"),
        ("press 11", "KEYS cannot be '11': it is keys with spaces between them: 0 to 9, A to D, * and #, or MENU"),
        ("type 12x", "TEXT cannot be '12x'"),
        ("hold", "'hold KEY [MS]'"),
        ("hold 5 long", "'hold KEY [MS]'"),
        ("hold 5 3 weeks", "MS cannot be '3 weeks': it is milliseconds, or a time with its unit"),
        ("hold E", "KEY cannot be 'E'"),
        ("release everything", "KEY cannot be 'everything'"),
        ("wait", "'wait SPAN'"),
        ("wait 30", "SPAN cannot be '30': it is a time of at most 24 h with its unit: 500 ms, 1.5 s"),
        ("wait 25 h", "at most 24 h"),
        ("wait -1 s", "'wait SPAN'"),
        ("power", "'power on'"),
        ("power up", "or 'power hold MS'"),
        ("power hold", "or 'power hold MS'"),
        ("power hold soon", "or 'power hold MS'"),
        ("cut power at flash write 0", "COUNT cannot be '0': it is a whole number from 1 to"),
        ("cut power at flash write two", "COUNT cannot be 'two'"),
        ("cut power at flash write 2 sideways", "[before|torn|after]"),
        ("expect", "'expect WORDS [within SPAN]'"),
        ("expect icon key", "ICON cannot be 'key': it is an icon: lock, wrench"),
        ("expect 成功 within 5 weeks", "SPAN cannot be '5 weeks'"),
        ("led", "'led steady|blink|double COLOUR [within SPAN]'"),
        ("led steady pink", f"COLOUR cannot be 'pink': it is a colour: {', '.join(COLOURS)}"),
        ("wifi", "'wifi on|off|weak'"),
        ("wifi good", "'wifi on|off|weak'"),
        ("network", "'network slow|quick' or 'network SPAN'"),
        ("host answer", "'host answer CODE [to MESSAGE]'"),
        ("host answer five", "CODE cannot be 'five': it is a response code (DE39)"),
        ("host answer 55 to sign-in", "MESSAGE cannot be 'sign-in': it is a request as type and function"),
        ("battery", "'battery full' or 'battery VOLTS'"),
        ("battery nan", "VOLTS cannot be 'nan'"),
        ("battery 12", "VOLTS cannot be '12': it is the cell's voltage, 0 to 5"),
        ("picture a b", "'picture NAME'"),
        ("picture ../up", "NAME cannot be '../up'"),
        ("serial", "'serial send WORDS'"),
        ("asleep now", "'asleep [within SPAN]'"),
        ("step", "'step WORDS'"),
    ],
)
def test_bad_input_says_what_is_allowed(line: str, words: str) -> None:
    with pytest.raises(ScriptError) as fault:
        parse(line)
    assert words in str(fault.value)
    assert "\n" not in str(fault.value)


@given(st.lists(st.sampled_from([*{form.verb for form in FORMS}, *KINDS, "within", "at", "1", "5 s", "*"]) | st.text()))
def test_any_line_is_a_command_or_a_script_error(words: list[str]) -> None:
    try:
        assert parse(" ".join(words)).form in FORMS
    except ScriptError as fault:
        assert str(fault)


def test_a_script_is_understood_before_it_is_played(board: Board) -> None:
    """A slip in the last line does not show after a minute of play; the line is named."""
    with pytest.raises(ScriptError, match="^line 4: pres 1: unknown command"):
        Player(board).play("power on\n\n# press nothing\npres 1\n")
    assert board.state == "off"
    assert [command.form.verb for _, command in understand(["", "  # x", " wait 1 s "])] == ["wait"]


def test_a_script_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary"
    path.write_bytes(b"\xff\xfe\x00")
    for wrong, words in ((path, "UTF-8"), (tmp_path / "none", "No such file"), (tmp_path, "directory")):
        with pytest.raises(ScriptError, match=words):
            read_script(wrong)


@pytest.fixture
def talker(make_board: MakeBoard) -> Board:
    """A board that says hello, lights its LED red and repeats one line."""
    return make_board(main=_TALK)


def test_power_led_and_console(talker: Board) -> None:
    player = Player(talker)
    player.play(_CONVERSATION)
    assert talker.resets == ["PWRON", "PWRON"]
    with pytest.raises(ScriptError, match=r"line 1: serial expect hello within 1 ms: expected 'hello' on the console"):
        player.play("serial expect hello within 1 ms")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("power on\npower on", "line 2: power on: the board has power already"),
        ("reset", "line 1: reset: the board has no power"),
        ("expect 请签到 within 1 s", "line 1: expect 请签到 within 1 s: expected '请签到', the screen says:\n(dark)"),
        ("power on\nled steady green within 1 s", "expected LED steady green"),
        ("power on\nlinked within 1 s", "expected the link to the host to come up"),
        ("power on\nasleep within 1 s", "expected deep sleep"),
        ("host answer 55", "the host of this run takes no orders"),
        ("host bar", "the host of this run takes no orders"),
    ],
)
def test_what_cannot_be_or_does_not_come_about_is_said(board: Board, script: str, words: str) -> None:
    with pytest.raises(ScriptError) as fault:
        Player(board).play(script)
    assert words in str(fault.value)


def test_fingers_stay_where_they_are_told(board: Board) -> None:
    """`hold` without a time, `release` of one key and of all."""
    player = Player(board)

    def down() -> set[tuple[int, int]]:
        player.do("wait 50 ms")
        return {ends for ends in [(13, 25), (13, 26)] if board.pins.is_closed(*ends)}

    player.play("power on\nhold 1\nhold 2")
    assert down() == {(13, 25), (13, 26)}
    player.do("release 1")
    assert down() == {(13, 26)}
    player.do("release")
    assert down() == set()
    before = board.now_ms
    player.do("hold 2 2 s")
    assert board.now_ms - before > 2000
    assert down() == set()


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("wifi off", lambda board: not board.wifi.is_up),
        ("wifi weak", lambda board: board.wifi.is_up and board.wifi.rssi < -80),
        ("wifi on", lambda board: board.wifi.is_up and board.wifi.rssi > -60),
        ("network slow", lambda board: board.link.latency_ms == 2500),
        ("network 1.5 s", lambda board: board.link.latency_ms == 1500),
        ("host swallow", lambda board: bool(board.link.swallow) and not board.link.is_refusing),
        ("host refuse", lambda board: not board.link.swallow and board.link.is_refusing),
        ("host listen", lambda board: not board.link.swallow and not board.link.is_refusing),
        ("battery 3.4", lambda board: board.battery.volts == 3.4),
        ("battery full", lambda board: board.battery.volts > 4),
        ("cut power at flash write 2 after", lambda board: board.flash.is_cut_pending),
    ],
)
def test_the_world_changes(board: Board, line: str, state: Callable[[Board], bool]) -> None:
    Player(board).do(line)
    assert state(board)


class _Desk:
    """Notes what it is told."""

    def __init__(self, heard: list[tuple[str, ...]]) -> None:
        self._heard = heard

    def answer(self, code: str, message: str) -> None:
        self._heard.append((code, message))

    def order(self, word: str) -> None:
        self._heard.append((word,))


def test_pictures_steps_and_answers_are_handed_on(board: Board) -> None:
    heard: list[tuple[str, ...]] = []
    player = Player(
        board,
        on_picture=lambda name: heard.append(("picture", name)),
        on_step=lambda words: heard.append(("step", words)),
        desk=_Desk(heard),
    )
    player.play("step The  morning\ndark\npicture a-b\nhost answer 55\nhost answer A0 to 0800/001\nhost bar")
    assert heard == [("step", "The  morning"), ("picture", "a-b"), ("55", ""), ("A0", "0800/001"), ("bar",)]
    assert (player.step, player.steps) == ("The  morning", 1)
