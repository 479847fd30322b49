# SPDX-License-Identifier: MIT
"""`qiandao host` at the command line (mission C3, C4)."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests_host.host.client import TerminalClient, TestClock
from tests_host.host.conftest import MID, START, TID
from tools.host import Host, bundle, components, crypto
from tools.host.cli import host as command
from tools.host.db import file_url

ROOT = Path(__file__).resolve().parents[2]


class Desk:
    """Runs commands on one host's files."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.options = ["--db", str(place / "host.db"), "--pki", str(place / "pki"), "--clock", "2026-11-20T11:15:30Z"]

    def run(self, *words: str, stdin: str | None = None) -> Result:
        result = CliRunner(env={"COLUMNS": "200"}).invoke(command, [*self.options, *words], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def good(self, *words: str, stdin: str | None = None) -> str:
        result = self.run(*words, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result.output

    def bad(self, *words: str, stdin: str | None = None) -> str:
        """Output of a refused command: one clear line, no traceback."""
        result = self.run(*words, stdin=stdin)
        assert result.exit_code in (1, 2)
        assert "Traceback" not in result.output
        return result.output


@pytest.fixture
def desk(host_dir: Path) -> Desk:
    return Desk(host_dir)


def test_c3_from_nothing_to_an_enrolled_terminal(tmp_path: Path) -> None:
    """C3, C4: the commands of the README, in their order."""
    desk = Desk(tmp_path / "new")
    assert "init" in desk.bad("terminals")
    assert "host.qiandao.test" in desk.good("init")
    assert "already" in desk.bad("init")
    assert "none" in desk.good("terminals")
    desk.good("enrol-merchant", "--mid", MID, "--name", "小店")
    out = tmp_path / "t.json"
    sheets = [tmp_path / "first", tmp_path / "second"]
    assert all("It is yours alone" in desk.good("new-component", str(sheet)) for sheet in sheets)
    assert "exists" in desk.bad("new-component", str(sheets[0]))
    enrol = ("enrol-terminal", TID, "--mid", MID, "--serial", "E32-1", "--out", str(out))
    both = ("--first-component", str(sheets[0]), "--second-component", str(sheets[1]))
    entered = components.of_files(*sheets)
    assert f"check value {crypto.kcv(entered.key)}" in desk.good(*enrol, *both)
    assert bundle.load(out, entered).tid == TID
    assert "exists" in desk.bad(*enrol, *both)
    typed = "".join(f"{part.hex()}\n" * 2 for part in (entered.first, entered.second))
    out.unlink()
    text = desk.good(*enrol, "--renew", "--components", stdin=typed)
    assert f"TMK: check value {crypto.kcv(entered.key)}" in text and entered.first.hex() not in text
    assert bundle.load(out, entered).tmk == entered.key
    desk.good("enrol-operator", "001", "--mid", MID, "--name", "李雷", "--pin-stdin", stdin="246810\n")
    prompted = desk.good("enrol-operator", "000", "--mid", MID, "--name", "店长", stdin="808642\n808642\n")
    assert "808642" not in prompted
    text = desk.good("operators", "--mid", MID)
    assert "李雷" in text
    assert "supervisor" in text
    assert "E32-1" in desk.good("terminals")


def test_c3_books_are_shown(desk: Desk, host: Host, signed_in: TerminalClient) -> None:
    """C3: who signed in, batches, totals, records, audit."""
    signed_in.sell(123_456)
    reference = host.books.records(TID, 1)[0].rrn
    assert "李雷" in desk.good("sign-ins", "--tid", TID)
    assert "1234.56" in desk.good("totals", TID)
    text = desk.good("records", TID, "--batch", "1")
    assert reference in text
    assert "1234.56" in text
    assert "000001" in desk.good("batches")
    assert "terminal" in desk.good("audit", "show", "--tid", TID)
    assert "operator 001" in desk.good("terminals")
    assert "none" in desk.good("records", TID, "--batch", "2")
    assert "no terminal" in desk.bad("totals", "99999999")


def test_c3_orders_reach_the_terminal(desk: Desk, terminal: TerminalClient) -> None:
    """C3, L6: lock, bar, notice, unlock, disable; each can be taken back."""
    desk.good("set-terminal", TID, "--lock", "2", "--pending", "29")
    assert (
        desk.good("notice", "停机", "今晚维护", "--tid", TID, "--confirm", "--expires", "2026-11-30").strip()
        == "Notice 0001."
    )
    tags = terminal.echo().tags
    assert (tags["LK"], tags["PR"]) == ("2", "829")
    desk.good("set-terminal", TID, "--bar", "--lock", "0", "--pending", "")
    assert "barred" in desk.good("terminals")
    assert terminal.echo().code == "58"
    desk.good("set-terminal", TID, "--unbar")
    for _ in range(5):
        terminal.sign_in("111111")
    desk.good("unlock-operator", "001", "--mid", MID)
    desk.good("set-operator", "001", "--mid", MID, "--disable")
    assert terminal.sign_in().code == "62"
    desk.good("set-operator", "001", "--mid", MID, "--enable")
    assert terminal.sign_in().code == "00"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["enrol-terminal", "12", "--mid", MID, "--serial", "x", "--out", "/nowhere/t.json"], "not a directory"),
        (["enrol-operator", "1", "--mid", MID, "--name", "x", "--pin-stdin"], "operator number"),
        (["enrol-operator", "001", "--mid", "9", "--name", "x", "--pin-stdin"], "no merchant"),
        (["enrol-merchant", "--mid", "", "--name", "x"], "merchant number"),
        (["set-terminal", TID], "--bar"),
        (["set-terminal", "99999999", "--bar"], "no terminal"),
        (["notice", "长" * 20, "x"], "title"),
        (["unlock-operator", "050", "--mid", MID], "no operator"),
        (["serve", "--address", "203.0.113.1", "--port", "1"], "203.0.113.1"),
        (["nonsense"], "No such command"),
    ],
)
def test_c3_wrong_input_is_one_clear_line(desk: Desk, words: list[str], reason: str) -> None:
    """C3: what is wrong and nothing else."""
    assert reason in desk.bad(*words, stdin="2468\n")


def test_c3_wrong_places_are_one_clear_line(desk: Desk, tmp_path: Path) -> None:
    """C3: a clock, database or directory that is none."""
    runner = CliRunner()
    for options, reason in (
        (["--clock", "soon"], "not a time"),
        (["--db", "nonsense://x"], "URL"),
        (["--pki", str(tmp_path / "none")], "missing"),
        (["--db", str(tmp_path / "none.db")], "missing"),
    ):
        result = runner.invoke(command, [*desk.options, *options, "terminals"])
        assert result.exit_code == 1
        assert reason in result.output


def test_c3_places_come_from_the_environment(desk: Desk) -> None:
    """C3: QIANDAO_HOST_DB and QIANDAO_HOST_PKI."""
    places = {"QIANDAO_HOST_DB": str(desk.place / "host.db"), "QIANDAO_HOST_PKI": str(desk.place / "pki")}
    assert CliRunner(env=places).invoke(command, ["operators", "--mid", MID]).exit_code == 0


def test_c3_serve_answers_until_told_to_stop(host_dir: Path, clock: TestClock) -> None:
    """C3: a process of its own prints where it listens, serves, and ends on SIGTERM."""
    desk = Desk(host_dir)
    opened = Host(file_url(host_dir / "host.db"), host_dir / "pki", clock=clock)
    identity = opened.enrolment.terminal(TID, MID, "E32-0001")
    opened.close()
    words = [sys.executable, "-m", "tools.host", *desk.options, "serve", "--port", "0"]
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    try:
        assert process.stdout is not None
        ready = re.fullmatch(r"ready on 127\.0\.0\.1:(\d+)\n", process.stdout.readline())
        assert ready is not None
        client = TerminalClient(identity, int(ready[1]), clock)
        answer = client.sign_in()
        client.close()
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (answer.code, process.returncode) == ("00", 0)
    assert answer.tags["TM"].startswith(f"{START:%Y%m%d}")
    assert f"{TID} 0800/001 STAN 000001 -> 00" in log
    assert "246810" not in log
