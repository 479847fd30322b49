# SPDX-License-Identifier: MIT
"""The bench's tools on a live board's port: a real serial line, the firmware as it is deployed, time that passes."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from tests_host.journeys.bench import Bench
from tests_host.serial import terminals
from tests_host.serial.test_console import Ear
from tools.cli import main
from tools.console_feed import Connected, Feed, Lost, Reply, Restarted
from tools.emulator.live import LiveBoard
from tools.selftest.runner import SelfTest
from tools.serial_board import SerialBoard

pytestmark = pytest.mark.long  # in real time: it wants the machine for itself

_PACE = 8.0


@pytest.fixture
def live(fresh: Bench) -> Iterator[LiveBoard]:
    """A terminal that is provisioned as bench and asks for the sign-in."""
    terminals.signed_out(fresh)
    with LiveBoard(fresh.board, _PACE) as board:
        yield board


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, [*arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_p3_l5_from_the_counter_to_the_bench_and_back(live: LiveBoard, fresh: Bench) -> None:
    """P3, L5: looked at, tested, and restarted; the terminal is where it was."""
    port = str(live.port)
    assert _run("detect", "--serial", port).exit_code == 1
    result = _run("selftest", "--serial", port, "--headless")
    assert result.exit_code == 0, result.output
    assert "13 passed, 0 failed, 4 skipped" in result.stdout
    result = _run("detect", "--serial", port, "--json")
    assert (result.exit_code, json.loads(result.stdout)["reason"]) == (1, "sign_in")
    assert live.call(lambda board: board.resets[-1]) != "PWRON"
    assert fresh.heard.count("0800/301") >= 3


def test_w6_keys_pictures_and_a_restart_over_the_console(live: LiveBoard) -> None:
    """Bench: a key opens the menu, the picture shows it; a restart is noticed, and the terminal answers again."""
    ear = Ear()
    with Feed(str(live.port), ear.events.put) as feed:
        ear.wait_for(Reply, is_asked=False)
        feed.send("@key A")
        assert ear.wait_for(Reply, is_asked=True).answer["ok"]
        feed.send("@screen")
        picture = ear.wait_for(Reply, is_asked=True).answer
        assert picture["ok"] and "功能菜单" in picture["rows"][1], picture
        feed.send("@reset")
        ear.wait_for(Restarted)
        feed.send("@status")
        assert ear.wait_for(Reply, is_asked=True).answer["locked"]


def test_p3_w6_a_board_that_is_unplugged(live: LiveBoard, fresh: Bench) -> None:
    """P3: the test ends with what it has found; the console says so and goes on trying."""
    ear = Ear()
    with SerialBoard(str(live.port)) as board:
        report = SelfTest(board, on_part=lambda number, _count, _name: live.close() if number == 4 else None).run()
    assert "connection broke" in report.stopped and len(report.results) == 17
    assert "Error" in _run("detect", "--serial", str(live.port)).stderr
    with LiveBoard(fresh.board, _PACE) as other, Feed(str(other.port), ear.events.put):
        ear.wait_for(Connected)
        other.close()
        assert "cable" in ear.wait_for(Lost).reason
