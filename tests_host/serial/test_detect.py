# SPDX-License-Identifier: MIT
"""`qiandao detect` (L5): right on every lock reason, on an open terminal, and on one whose witnesses disagree.

The judgement is tried on the pixels and the light of real terminals driven into each state, and on statuses that no
sound terminal would give.
"""

import base64
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests_host.journeys.bench import Bench
from tests_host.serial import terminals
from tests_host.serial.peer import Peer
from tools import detect
from tools.cli import main
from tools.commands import detect as command
from tools.console_picture import PictureError, pixels_of
from tools.emulator.frame import Pixels, as_frame

_REASONS = list(detect.LOCKS)
_TOP = Path(__file__).resolve().parents[2]


def test_l5_the_table_has_every_reason_in_every_language() -> None:
    """L5: written independently, and complete: a reason or a language that is added to the terminal is missed here."""
    source = (_TOP / "firmware" / "lock.py").read_text("utf-8")
    assert set(re.findall(r'^[A-Z_]+ = "(\w+)"$', source, re.MULTILINE)) == set(_REASONS)
    for path in (_TOP / "firmware" / "words").glob("*.txt"):
        words = dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())
        assert detect.TITLES[path.stem] in words["lock.title"]
        for reason, lock in detect.LOCKS.items():
            assert words[f"lock.{reason}"].startswith(lock.words[path.stem])


def test_l5_the_screen_is_read_in_english_too(fresh: Bench) -> None:
    """L5, W5."""
    fresh.provisioned("en").start("Please sign in")
    assert detect.from_pixels(fresh.board.panel.pixels).reasons == frozenset(["sign_in"])


def _status(reason: str = "", /, **changes: Any) -> dict[str, Any]:
    """What a sound terminal says."""
    lights = sorted(detect.LOCKS[reason].lights, reverse=True) if reason else ["steady green"]
    status = {
        "v": version("qiandao"),
        "tid": "10000001",
        "state": "signed_out" if reason else "signed_in",
        "locked": bool(reason),
        "reason": reason,
        "screen": {"icon": bool(reason), "reason": reason},
        "led": lights[0],
        "probe": reason,
        "level": "counter",
    }
    return status | changes


@pytest.mark.parametrize("reason", ["", *_REASONS])
def test_l5_sound_statuses_agree(reason: str) -> None:
    """L5: locked or not, why, by all four."""
    finding = detect.examine(_status(reason), None)
    assert (finding.reason, finding.dissent) == (reason, ())
    assert finding.verdict is (detect.Verdict.LOCKED if reason else detect.Verdict.OPEN)
    assert all(witness.reasons and reason in witness.reasons for witness in finding.witnesses)


@pytest.mark.parametrize(
    ("changes", "dissent"),
    [
        ({"led": "steady green"}, "LED"),
        ({"led": "off"}, "LED"),
        ({"led": "double red"}, "LED"),
        ({"probe": ""}, "probe"),
        ({"probe": "battery"}, "probe"),
        ({"probe": "of another kind"}, "probe"),
        ({"screen": {"icon": False, "reason": ""}}, "screen"),
        ({"screen": {"icon": False, "reason": "sign_in"}}, "screen"),
        ({"screen": {"icon": True, "reason": "battery"}}, "screen"),
        ({"screen": {"dead": True}}, "screen"),
        ({"locked": False, "reason": ""}, "state"),
        ({"locked": True, "reason": ""}, "state"),
        ({"locked": False}, "state"),
        ({"reason": "maintenance"}, "state"),
        ({"led": "steady green", "screen": {"icon": False, "reason": ""}, "probe": ""}, "state"),
    ],
)
def test_l5_the_one_that_disagrees_is_named(changes: dict[str, Any], dissent: str) -> None:
    """L5: by the word of the others; the state is a witness like them."""
    finding = detect.examine(_status("sign_in", **changes), None)
    assert finding.dissent == (dissent,)
    assert finding.verdict is detect.Verdict.DISAGREEMENT


def test_l5_two_against_two_is_a_disagreement_of_two() -> None:
    """L5: nothing is hidden behind a majority that there is not."""
    finding = detect.examine(_status("sign_in", led="blink yellow", probe="maintenance"), None)
    assert finding.dissent == ("LED", "probe") and finding.reason == "sign_in"


@pytest.mark.parametrize("screen", [None, {"icon": True, "reason": ""}])
def test_l5_who_says_nothing_does_not_disagree(screen: dict[str, Any] | None) -> None:
    """L5: a board without a display, a menu, the light of the start."""
    finding = detect.examine(_status("sign_in", screen=screen, led="steady blue"), None)
    assert (finding.reason, finding.dissent) == ("sign_in", ())


@pytest.mark.parametrize("name", ["locked", "reason", "led", "probe"])
@pytest.mark.parametrize("value", [None, 7, []])
def test_l5_a_status_of_another_form_is_no_verdict(name: str, value: object) -> None:
    """L5: neither open nor locked."""
    with pytest.raises(detect.FormError, match=name):
        detect.examine(_status("sign_in", **{name: value}), None)
    with pytest.raises(detect.FormError, match="screen"):
        detect.examine(_status("sign_in", screen="lock"), None)


# The command.


def _bits(pixels: Pixels) -> str:
    frame = as_frame(pixels)
    pages = [sum(frame[(8 * page + bit) * 128 + x] << bit for bit in range(8)) for page in range(8) for x in range(128)]
    return base64.b64encode(bytes(pages)).decode()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_PAUSE_S", 0.01), ("_ANSWER_S", 0.2)):
        monkeypatch.setattr(command, name, value)


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["detect", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def _detect(
    *statuses: dict[str, Any] | None, screen: dict[str, Any] | None = None, options: tuple[str, ...] = ()
) -> Result:
    """Against a terminal that gives these answers, the last one for ever."""
    left = list(statuses)

    def console(name: str, _arguments: list[str]) -> dict[str, Any] | None:
        if name == "screen":
            return screen
        return left.pop(0) if len(left) > 1 else left[0]

    with Peer(console) as peer:
        return _run("--serial", peer.port, *options)


def _ask(bench: Bench) -> tuple[Result, dict[str, Any]]:
    """What the command finds out about a terminal."""
    with terminals.peer_of(bench) as peer:
        result = _run("--serial", peer.port, "--json")
    return result, json.loads(result.stdout)


# Real terminals.


@pytest.mark.parametrize("reason", terminals.DRIVES)
def test_l5_each_lock_is_told_from_outside(fresh: Bench, reason: str) -> None:
    """L5, L1, L2: pixels, light, probe and state of a real terminal; a person sees the same."""
    terminals.DRIVES[reason](fresh)
    result, data = _ask(fresh)
    assert (result.exit_code, data["verdict"], data["reason"], data["agree"]) == (1, "locked", reason, True)
    by_name = {witness["name"]: witness["reasons"] for witness in data["witnesses"]}
    assert by_name["screen"] == by_name["probe"] == by_name["state"] == [reason]
    assert reason in by_name["LED"] and "" not in by_name["LED"]
    assert detect.from_pixels(fresh.board.panel.pixels).reasons == frozenset([reason])
    fresh.board.run(4000)
    assert reason in (detect.from_led(fresh.board.led.pattern()).reasons or ())


def test_l5_an_open_terminal_is_told_from_outside(fresh: Bench) -> None:
    """L5: after the sign-in; a menu over it is no lock."""
    terminals.signed_in(fresh)
    for _ in range(2):
        result, data = _ask(fresh)
        assert (result.exit_code, data["verdict"], data["reason"]) == (0, "open", "")
        assert all(witness["reasons"] == [""] for witness in data["witnesses"])
        fresh.press("MENU")
        fresh.expect("功能菜单")


def test_l5_another_screen_of_a_locked_terminal_says_only_that_it_is_locked(fresh: Bench) -> None:
    """L5: the menu has the icon, and items that are called as reasons are."""
    terminals.signed_out(fresh)
    fresh.press("MENU")
    fresh.expect("功能菜单")
    assert detect.from_pixels(fresh.board.panel.pixels).reasons == frozenset(_REASONS)
    result, data = _ask(fresh)
    assert (result.exit_code, data["reason"]) == (1, "sign_in")


def test_l5_a_light_that_lies_is_named(fresh: Bench) -> None:
    """L5: green on a locked terminal, and let go of again."""
    terminals.signed_out(fresh)
    terminals.ask(fresh, "led", "0", "255", "0")
    assert fresh.board.led.colour == (0.0, 1.0, 0.0)
    result, data = _ask(fresh)
    assert (result.exit_code, data["disagree"], data["reason"]) == (2, ["LED"], "sign_in")
    terminals.ask(fresh, "led", "auto")
    assert _ask(fresh)[0].exit_code == 1


@pytest.mark.parametrize("is_bench", [True, False])
def test_l5_a_screen_that_lies_is_named(fresh: Bench, is_bench: bool) -> None:
    """L5: a lock screen that draws another reason, read from its pixels or from its rows."""
    terminals.provisioned(fresh, is_bench)
    terminals.deploy(
        fresh, "firmware/flows/lock.py", 'say("lock." + self._reason, t.facts.fault)', 'say("lock.battery")'
    )
    fresh.start("电量不足")
    fresh.board.run(5000)
    result, data = _ask(fresh)
    assert (result.exit_code, data["disagree"], data["reason"]) == (2, ["screen"], "sign_in")


def test_l5_a_dead_display_is_named(fresh: Bench) -> None:
    """L5: whatever the frame buffer holds."""
    terminals.signed_out(fresh)
    fresh.board.panel.broken = True
    fresh.press("MENU", "CANCEL")
    fresh.board.run(3000)
    result, data = _ask(fresh)
    assert (result.exit_code, data["disagree"], data["reason"]) == (2, ["screen"], "sign_in")
    assert "does not answer" in data["witnesses"][1]["says"]


def test_l5_a_function_that_is_not_refused_is_named(fresh: Bench) -> None:
    """L5, L3: a terminal that says it is locked and would take a sale."""
    terminals.provisioned(fresh)
    terminals.deploy(fresh, "firmware/hindrance.py", "if reason := t.reason():", 'if reason := "":')
    fresh.start_linked()
    result, data = _ask(fresh)
    assert (result.exit_code, data["disagree"], data["reason"]) == (2, ["probe"], "sign_in")


# Answers that no sound terminal gives.


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [("", 0, "OPEN"), ("sign_in", 1, "LOCKED"), ("maintenance", 1, "LOCKED: under maintenance")],
)
def test_l5_the_exit_status_tells_open_from_locked(reason: str, code: int, words: str) -> None:
    """L5: 0 and 1."""
    result = _detect(_status(reason))
    assert (result.exit_code, result.stderr) == (code, "")
    assert result.stdout.startswith(words)


def test_l5_a_disagreement_has_an_exit_status_of_its_own() -> None:
    """L5: 2, with every witness's word, as JSON too."""
    result = _detect(_status("sign_in", led="steady green"))
    assert result.exit_code == 2
    assert result.stdout.startswith("DISAGREEMENT: LED")
    data = json.loads(_detect(_status("sign_in", led="steady green"), options=("--json",)).stdout)
    assert (data["verdict"], data["disagree"], data["reason"]) == ("disagreement", ["LED"], "sign_in")
    assert [witness["name"] for witness in data["witnesses"]] == ["state", "screen", "LED", "probe"]
    assert [witness["agrees"] for witness in data["witnesses"]] == [True, True, False, True]


def test_l5_a_change_in_between_is_no_disagreement() -> None:
    """L5: looked at again."""
    result = _detect(_status("sign_in", led="blink yellow"), _status("maintenance"))
    assert result.exit_code == 1 and "maintenance" in result.stdout


def test_l5_on_a_bench_board_the_pixels_count(locked: Bench) -> None:
    """L5: whatever the firmware believes to show."""
    picture = {"w": 128, "h": 64, "rows": [], "bits": _bits(locked.board.panel.pixels)}
    assert _detect(_status("sign_in", level="bench"), screen=picture).exit_code == 1
    result = _detect(_status("maintenance", level="bench"), screen=picture)
    assert result.exit_code == 2 and "DISAGREEMENT: screen" in result.stdout and "请签到" in result.stdout


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "switched on and awake"),
        (_status(v="99.0.0"), "runs firmware 99.0.0"),
        (_status(v=""), "runs firmware ?"),
        (_status(led=7), "not understood (led)"),
    ],
)
def test_l5_no_verdict_is_an_error(status: dict[str, Any] | None, words: str) -> None:
    """L5: 3, one line; as JSON too."""
    result = _detect(status)
    assert result.exit_code == 3 and words in result.stderr and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    result = _detect(status, options=("--json",))
    assert json.loads(result.stdout)["verdict"] == "error"


def test_l5_a_damaged_picture_is_an_error() -> None:
    """L5: no guess from half of it."""
    for bits in ("", "!", base64.b64encode(bytes(1000)).decode(), None):
        with pytest.raises(PictureError):
            pixels_of({"bits": bits})
    assert _detect(_status("sign_in", level="bench"), screen={"bits": "AAAA"}).exit_code == 3


def test_l5_ports_that_do_not_answer_are_errors() -> None:
    """L5: a missing port, a busy one, a prompt, another firmware, a pulled cable; wrong use too."""
    with Peer(is_app=False) as peer:
        assert "MicroPython's prompt" in _run("--serial", peer.port).stderr
    with Peer(lambda _name, _arguments: {"re": "other"}) as peer:
        result = _run("--serial", peer.port)
        assert "not Qiandao's console" in result.stderr
    with Peer(cut_after=3) as peer:
        result = _run("--serial", peer.port)
        assert result.exit_code == 3 and "connection broke" in result.stderr
    for arguments in (["--serial", "/dev/none"], [], ["--serial", "/dev/null", "--strange"]):
        result = _run(*arguments)
        assert result.exit_code == 3 and "Error" in result.stderr and "Traceback" not in result.output


def test_l5_the_exit_statuses_are_in_the_help() -> None:
    """L5: and the verdicts have them in that order."""
    text = _run("--help").stdout
    for code, verdict in enumerate(detect.Verdict):
        assert verdict.exit_code == code
    for line in ("0  open", "1  locked", "2  screen, LED, probe", "3  no verdict"):
        assert line in text
