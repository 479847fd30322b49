# SPDX-License-Identifier: MIT
"""`qiandao selftest` (P3 on the bench): sound and faulty boards, with and without a person; reports and refusals."""

import json
import random
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from junitparser import JUnitXml

from tests_host.journeys.bench import Bench
from tests_host.serial.peer import Peer
from tools import serial_board
from tools.cli import main
from tools.emulator.chip import Chip
from tools.emulator.rpc import Reply, Request
from tools.errors import RefusedError
from tools.host import crypto
from tools.selftest import randomness, snippets
from tools.selftest.result import Report, Status
from tools.selftest.runner import CODES, SelfTest

_PRESS_US = (1_500_000, 1_620_000)  # after the board's start: when a key goes down and comes up


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_board, "_STATUS_S", 0.3)


class ExecBoard:
    """The REPL of a board that is switched off: each snippet is a life of its own."""

    def __init__(self, bench: Bench, fails_at: int = 0) -> None:
        self._bench = bench
        self._left = fails_at

    def exec(self, code: str) -> str:
        self._left -= 1
        if self._left == 0:
            raise RefusedError("port: the connection broke (cable pulled?); connect it and repeat")
        return self._bench.board.exec(code)


class Technician:
    """A person who presses what is asked for, on a keypad with swapped wires perhaps, and answers as told."""

    def __init__(self, bench: Bench, wires: dict[str, str] | None = None, **answers: list[bool | None]) -> None:
        self._bench = bench
        self._wires = wires or {}
        self._answers = answers
        self.asked: list[str] = []

    def _press(self, key: str) -> None:
        board = self._bench.board
        switch = board.button._switch if key == "the power button." else board.keypad._switch(key)
        for is_down, delay_us in zip((True, False), _PRESS_US, strict=True):
            switch.move(is_down, delay_us)

    def tell(self, words: str) -> None:
        key = words.removeprefix("Press ")
        if wire := self._wires.get(key, key):
            self._press(wire)

    def agrees(self, question: str) -> bool | None:
        self.asked.append(question)
        for words, answers in self._answers.items():
            if words in question and answers:
                return answers.pop(0)
        return True


def _test(bench: Bench, *only: str, person: Technician | None = None, may_write: bool = False) -> Report:
    return SelfTest(ExecBoard(bench), person, may_write=may_write, only=only, now=lambda: bench.board.now).run()


def _statuses(report: Report) -> dict[str, str]:
    return {result.code: str(result.verdict.status) for result in report.results}


def _figure(report: Report, code: str) -> str:
    return next(result.verdict.figure for result in report.results if result.code == code)


def _fault(report: Report, code: str) -> str:
    """Figure and advice of a part that must have failed."""
    verdict = next(result.verdict for result in report.results if result.code == code)
    assert verdict.status is Status.FAIL, verdict
    assert verdict.do
    return f"{verdict.figure}: {verdict.do}"


def test_p3_a_sound_terminal_passes_all_that_needs_no_person(provisioned: Bench) -> None:
    """P3: with figures; the host was asked, the journal was not touched, keys are shown as check values."""
    before = provisioned.region("journal")
    report = _test(provisioned)
    skips = {"ST03", "ST05", "ST06", "ST10"}
    assert _statuses(report) == {code: "skip" if code in skips else "pass" for code in CODES}
    assert report.is_good and report.board["tid"] == provisioned.tid
    assert provisioned.heard == ["0800/301", "0800/301"]
    assert provisioned.region("journal") == before
    identity = provisioned.identity
    assert identity is not None
    for name in ("tmk", "tak0", "tpk0"):
        assert f"{name.upper()} {crypto.kcv(getattr(identity, name))}" in _figure(report, "ST15")
    assert "-58 dBm" in _figure(report, "ST16")


def test_p3_a_board_that_is_not_provisioned_is_tested_too(fresh: Bench) -> None:
    """P3, C4: all but what needs its identity."""
    report = _test(fresh)
    assert {code for code, status in _statuses(report).items() if status != "pass"} == {
        *("ST03", "ST05", "ST06", "ST10"),
        *("ST14", "ST15", "ST17"),
    }
    assert report.is_good and _figure(report, "ST17") == "not provisioned"


def test_p3_a_bare_module_has_few_parts(fresh: Bench) -> None:
    """P3: profile headless: what is not fitted is neither measured nor asked for."""
    technician = Technician(fresh)
    report = SelfTest(ExecBoard(fresh), technician, "headless", now=lambda: fresh.board.now).run()
    absent = {result.code for result in report.results if result.verdict.figure == "not fitted on this board"}
    assert absent == {"ST02", "ST03", "ST04", "ST05", "ST06", "ST07", "ST11"}
    assert report.is_good and report.board["profile"] == "headless" and technician.asked == []


def _constant(_chip: Chip, request: Request) -> Reply:
    return Reply(0, b"\x5a" * request.a)


def _stick(*keys: str) -> Callable[[Bench], None]:
    def stick(bench: Bench) -> None:
        for key in keys:
            bench.board.keypad.stick(key)

    return stick


@pytest.mark.parametrize(
    ("code", "harm", "words"),
    [
        ("ST02", lambda bench: setattr(bench.board.panel, "broken", True), "no answer on I2C"),
        ("ST04", _stick("5"), "down: 5: a key sticks"),
        ("ST04", _stick("1", "2", "4"), "down: 1 2 4 5: one of 1 2 4 5 may be a ghost"),
        ("ST07", lambda bench: bench.board.button.press(), "looks pressed"),
        ("ST11", lambda bench: setattr(bench.board.battery, "volts", 1.9), "check battery, divider"),
        ("ST16", lambda bench: setattr(bench.board.wifi, "is_up", False), "no network heard"),
        ("ST16", lambda bench: setattr(bench.board.wifi, "ssid", "other"), "1 networks, not 'shop'"),
        ("ST16", lambda bench: setattr(bench.board.wifi, "rssi", -90), "too weak"),
        ("ST17", lambda bench: setattr(bench.board.wifi, "psk", "another key"), "W2: the network refuses"),
        ("ST17", lambda bench: setattr(bench.board.link, "is_refusing", True), "N1: the host cannot be reached"),
        ("ST17", lambda bench: bench.host.enrolment.control_terminal(bench.tid, is_barred=True), "the host answers 58"),
    ],
)
def test_p3_each_faulty_part_is_named_with_what_to_do(
    provisioned: Bench, code: str, harm: Callable[[Bench], None], words: str
) -> None:
    """P3: and nothing else is."""
    harm(provisioned)
    report = _test(provisioned, code)
    assert words in _fault(report, code)
    assert report.count(Status.FAIL) == 1 and not report.is_good


def test_p3_a_constant_generator_fails(provisioned: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """P3: it is statistics, not two values that differ."""
    monkeypatch.setattr(Chip, "_urandom", _constant)
    assert "monobit" in _fault(_test(provisioned, "ST12"), "ST12") or "runs" in _fault(
        _test(provisioned, "ST12"), "ST12"
    )


@pytest.mark.parametrize(("record", "code"), [("cfg", "ST14"), ("crt", "ST14"), ("key", "ST15")])
def test_p3_a_damaged_record_fails(provisioned: Bench, record: str, code: str) -> None:
    """P3: provision it again."""
    harm = "import esp32\nnvs = esp32.NVS('qiandao')\nfor half in 'ab':\n    nvs.set_blob('%s_' + half, b'x' * 99)\n"
    provisioned.board.exec(harm % record + "nvs.commit()")
    assert "provision it again" in _fault(_test(provisioned, "ST14", "ST15"), code)


def test_p3_the_flash_is_written_only_where_nothing_is_lost(provisioned: Bench) -> None:
    """P3: on an empty journal, and blank again afterwards; never with transactions in it."""
    report = _test(provisioned, "ST09", "ST10", may_write=True)
    assert _statuses(report)["ST10"] == "pass"
    assert provisioned.region("journal").count(0xFF) == 0x40000
    provisioned.start_linked()
    provisioned.sign_in()
    provisioned.sell("500")
    provisioned.board.power_off()
    before = provisioned.region("journal")
    report = _test(provisioned, "ST09", "ST10", may_write=True)
    assert _figure(report, "ST10") == "the journal holds transactions"
    assert provisioned.region("journal") == before


def test_p3_flash_that_does_not_hold_what_is_written_fails(provisioned: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """P3: it is read back."""
    monkeypatch.setattr(Chip, "_flash_program", lambda _chip, _request: Reply())
    report = _test(provisioned, "ST09", "ST10", may_write=True)
    assert "does not hold" in _fault(report, "ST10")


def test_p3_a_person_presses_every_key_and_looks(provisioned: Bench) -> None:
    """P3: sixteen keys, the button, three pictures (one shown again), the LED's colours."""
    technician = Technician(provisioned, pixel=[None, True])
    report = _test(provisioned, "ST02", "ST03", "ST04", "ST05", "ST06", "ST07", person=technician)
    assert set(_statuses(report).values()) == {"pass"}
    assert [_figure(report, code) for code in ("ST03", "ST05", "ST06", "ST07")] == [
        *("3 of 3", "16 of 16", "4 of 4", "goes down and up"),
    ]
    assert sum("every pixel" in question for question in technician.asked) == 2
    shown = {tuple(map(round, colour)) for _, colour in provisioned.board.led.history}
    assert {(1, 0, 0), (0, 1, 0), (0, 0, 1)} <= shown


def test_p3_what_the_person_says_is_wrong_fails(provisioned: Bench) -> None:
    """P3: swapped and silent keys by name, colours and pictures too; a slip of the finger is pressed again."""
    technician = Technician(
        provisioned, {"3": "A", "A": "3", "7": ""}, green=[False], frame=[False], silent=[False, True]
    )
    report = _test(provisioned, "ST02", "ST03", "ST04", "ST05", "ST06", person=technician)
    assert "3 answers as A, A answers as 3, 7 is silent" in _fault(report, "ST05")
    assert "green" in _fault(report, "ST06") and "lines" in _fault(report, "ST03")
    assert sum("7 is silent" in question for question in technician.asked) == 2


def test_p3_what_cannot_be_seen_is_not_asked(provisioned: Bench) -> None:
    """P3: no questions about a dead display or a jammed keypad."""
    provisioned.board.panel.broken = True
    provisioned.board.keypad.stick("C")
    technician = Technician(provisioned)
    report = _test(provisioned, "ST02", "ST03", "ST04", "ST05", person=technician)
    assert list(_statuses(report).values()) == ["pass", "fail", "skip", "fail", "skip"]
    assert technician.asked == []


def test_p3_a_board_that_goes_away_ends_the_test(provisioned: Bench) -> None:
    """P3: what was found is kept, the rest was not reached."""
    report = SelfTest(ExecBoard(provisioned, fails_at=3), now=lambda: provisioned.board.now).run()
    assert list(_statuses(report).values())[:4] == ["pass", "pass", "skip", "fail"]
    assert "cable pulled" in report.stopped
    assert {result.verdict.figure for result in report.results[4:]} == {"not reached"}
    assert not report.is_good


@pytest.mark.parametrize(
    ("sample", "weak"),
    [
        (bytes(2500), {"monobit", "poker", "runs", "long run", "repeats"}),
        (b"\x55" * 2500, {"poker", "runs", "repeats"}),
        (random.Random(1).randbytes(1250) * 2, {"repeats"}),
        (random.Random(1).randbytes(2496) + bytes(4), {"long run"}),
        (b"", {"0 bytes instead of 2500"}),
    ],
)
def test_p3_broken_generators_are_known_by_their_figures(sample: bytes, weak: set[str]) -> None:
    """P3: FIPS 140-2, 4.9.1."""
    assert set(randomness.weaknesses(sample)) == weak


def test_p3_good_generators_pass() -> None:
    """P3: a hundred of them, at about one false alarm in ten thousand."""
    assert sum(bool(randomness.weaknesses(random.Random(seed).randbytes(2500))) for seed in range(100)) <= 1


# The command.


def _run(*arguments: str, text: str = "") -> Result:
    result = CliRunner().invoke(main, ["selftest", *arguments], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def _peer(bench: Bench, **rest: Any) -> Peer:
    return Peer(lambda name, _arguments: {"level": "open"}, lambda code: (bench.board.exec(code), ""), **rest)


def test_p3_the_command_reports_as_table_json_and_junit(provisioned: Bench, tmp_path: Path) -> None:
    """P3: three forms of one result; the board runs its application afterwards."""
    files = {name: tmp_path / f"report.{name}" for name in ("json", "junit")}
    provisioned.board.keypad.stick("5")
    with _peer(provisioned) as peer:
        result = _run("--serial", peer.port, "--headless", *(f"--{name}={path}" for name, path in files.items()))
        assert peer.is_app
    assert result.exit_code == 1
    data = json.loads(files["json"].read_text("utf-8"))
    assert [row["code"] for row in data["results"]] == list(CODES)
    assert (data["passed"], data["failed"], data["skipped"]) == (12, 1, 4)
    for row in data["results"]:
        assert all(part in result.stdout for part in (row["code"], row["status"], row["figure"], row["do"]))
    _check_junit(files["junit"], data)


def _check_junit(path: Path, data: dict[str, Any]) -> None:
    """As a test system reads it, and as XML."""
    suites = JUnitXml.fromfile(str(path))
    assert (suites.tests, suites.failures, suites.skipped, suites.errors) == (17, 1, 4, 0)
    suite = ElementTree.parse(path).getroot().find("testsuite")
    assert suite is not None and suite.get("tests") == "17"
    cases = suite.findall("testcase")
    for case, row in zip(cases, data["results"], strict=True):
        assert case.get("name") == f"{row['code']} {row['name']}"
        assert case.get("classname") and float(str(case.get("time"))) >= 0
        outcome = {"fail": "failure", "skip": "skipped", "pass": "system-out"}[row["status"]]
        element = case.find(outcome)
        assert element is not None and len(case) == 1
        assert row["figure"] in (element.get("message"), element.text)


def test_p3_a_good_board_leaves_with_zero_and_a_person_is_asked(provisioned: Bench) -> None:
    """P3: answers come from standard input; its end ends the test."""
    with _peer(provisioned) as peer:
        result = _run("--serial", peer.port, "--only=ST02", "--only=ST03", text="y\nr\ny\nY\n")
        assert result.exit_code == 0, result.output
        assert result.output.count("frame at the edges") == 2
    with _peer(provisioned) as peer:
        result = _run("--serial", peer.port, "--only=ST02", "--only=ST03", text="y\n")
        assert result.exit_code == 1
        assert "stopped: ended by the person" in result.stdout


_ABOUT = {"version": version("qiandao"), "micropython": "1.25.0", "machine": "ESP32", "megahertz": 160, "free": 90_000}
_ABOUT |= {"profiles": ["reference"], "profile": "", "tid": "", "damage": "missing"}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"error": "ImportError no module named 'firmware'"}, "no Qiandao firmware on the board; 'make deploy'"),
        ({**_ABOUT, "version": "99.0.1"}, "the board runs firmware 99.0.1"),
        ({**_ABOUT, "profile": "strange"}, "no profile 'strange'; there are reference"),
        (None, "does not say what it is"),
    ],
)
def test_p3_a_board_of_another_kind_is_refused_in_one_line(facts: dict[str, Any] | None, words: str) -> None:
    """P3: before anything is tested."""
    output = "" if facts is None else snippets.MARK + json.dumps(facts)
    with Peer(run=lambda _code: (output, ""), is_app=False) as peer:
        result = _run("--serial", peer.port, "--headless")
    assert result.exit_code == 1
    assert words in result.stderr and "Traceback" not in result.output
    assert len([line for line in result.stderr.splitlines() if line.startswith("Error")]) == 1


def test_p3_port_and_file_faults_are_one_line(provisioned: Bench, tmp_path: Path) -> None:
    """P3: no such port, no folder for the report, the cable pulled in the middle."""
    result = _run("--serial", str(tmp_path / "ttyUSB9"), "--headless")
    assert result.exit_code == 1 and "there is no such port" in result.stderr
    result = _run("--serial", "/dev/null", f"--json={tmp_path / 'none' / 'x.json'}")
    assert result.exit_code == 1 and "no folder" in result.stderr
    with _peer(provisioned, cut_after=4000) as peer:
        result = _run("--serial", peer.port, "--headless", "--only=ST02", "--only=ST04")
    assert result.exit_code == 1 and "connection broke" in result.output
    assert "Traceback" not in result.output
