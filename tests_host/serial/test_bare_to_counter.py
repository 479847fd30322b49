# SPDX-License-Identifier: MIT
"""From a bare chip to a terminal that is signed in, by the README's commands alone, each a program of its own (C4, C1).

What a person does with the hands, the power button, is a line to the emulated board's standard input.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import pytest

from tests_host.serial import programs
from tests_host.serial.bench_host import MID, PSK
from tools.rig import CASHIER

pytestmark = pytest.mark.long  # in real time: it wants the machine for itself

_ROOT: Final = Path(__file__).parents[2]
_PROGRAM: Final = Path(sys.executable).with_name("qiandao")
_TID: Final = "10000001"
_DONE: Final = "that was it"


class Place:
    """A folder with a host and a board in it, and the programs that are run there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = folder / "port"
        self.environment = {**os.environ, "QIANDAO_PSK": PSK, "COLUMNS": "160"}
        self.board: subprocess.Popen[str] | None = None

    def run(self, *words: str, status: int = 0, stdin: str = "") -> str:
        """One command to its end."""
        done = programs.run(*words, stdin=stdin, cwd=_ROOT, env=self.environment)
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def qiandao(self, *words: str, status: int = 0, stdin: str = "") -> str:
        return self.run(str(_PROGRAM), *words, status=status, stdin=stdin)

    def host(self, *words: str, stdin: str = "") -> str:
        return self.qiandao(
            "host", "--db", f"{self.folder}/host.db", "--pki", f"{self.folder}/pki", *words, stdin=stdin
        )

    def by_hand(self, *lines: str) -> None:
        """One after the other, each done before the next: no key is pressed on a screen that has not come."""
        assert self.board is not None and self.board.stdin is not None and self.board.stdout is not None
        for line in lines:
            self.board.stdin.write(f"{line}\nstep {_DONE}\n")
            self.board.stdin.flush()
            said = self.board.stdout.readline()
            if said.strip() != _DONE:
                told = [said, *iter(self.board.stdout.readline, f"{_DONE}\n")]
                raise AssertionError("".join(told))

    def wait_for(self, reason: str) -> None:
        """Until `detect` names this reason for the lock, "" for none; all that it looks at agrees."""
        end = time.monotonic() + programs.PATIENCE_S
        while True:
            done = programs.run(str(_PROGRAM), "detect", "--serial", str(self.port), "--json", cwd=_ROOT)
            found = json.loads(done.stdout) if done.stdout.startswith("{") else {}
            if found.get("reason") == reason:
                assert (found["agree"], done.returncode) == (True, 1 if reason else 0)
                return
            assert time.monotonic() < end, f"not {reason}: {done.stdout}{done.stderr}"


@contextmanager
def _program(*words: str, place: Place, stderr: IO[str] | int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A program that goes on, and the line with which it said that it is ready."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": stderr}
    with programs.program(*words, cwd=_ROOT, text=True, env=place.environment, **streams) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline()
        process.terminate()
        process.communicate(timeout=programs.PATIENCE_S)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A host that serves, and an emulated board of which nothing but the chip is there."""
    here = Place(tmp_path)
    here.host("init")
    here.host("enrol-merchant", "--mid", MID, "--name", "青岛路小店")
    operator = ("enrol-operator", CASHIER.number, "--mid", MID, "--name", CASHIER.name, "--keep-pin", "--pin-stdin")
    here.host(*operator, stdin=CASHIER.pin + "\n")
    books = (f"--db={tmp_path}/host.db", f"--pki={tmp_path}/pki")
    serve = (str(_PROGRAM), "host", *books, "serve", "--port", "0")
    with (tmp_path / "host.log").open("a") as log, _program(*serve, place=here, stderr=log) as (_, said):
        found = re.search(r":(\d+)$", said.strip())
        assert found is not None, said
        board = [
            "board",
            f"--flash={tmp_path}/board.flash",
            "--erased",
            f"--link={here.port}",
            "--ssid=shop",
            "--pace=10",
        ]
        board.append(f"--route=192.168.4.10:8583=127.0.0.1:{found[1]}")
        with _program(str(_PROGRAM), *board, place=here, stderr=subprocess.STDOUT) as (process, said):
            assert said.startswith("port "), said
            here.board = process
            yield here


@pytest.mark.timeout(360)
def test_c4_from_a_bare_chip_to_a_signed_in_terminal(place: Place) -> None:
    """C4, P1, L5, S2, C1: flash, deploy, provision, selftest, detect, sign in, sell, backup."""
    port, image = f"{place.port}", f"{place.folder}/stand-in.bin"
    place.qiandao("image", "--stand-in", "--out", image)
    place.run("make", "-s", "flash", "deploy", f"PORT={port}", f"FIRMWARE={image}", f"PYTHON={sys.executable}")
    place.wait_for("unprovisioned")
    enrol = ("--enrol", "--data", str(place.folder), "--tid", _TID, "--mid", MID, "--serial-number", "E32-0001")
    said = place.qiandao(
        "provision", "--serial", port, *enrol, "--ssid", "shop", "--address", "192.168.4.10", "--bench"
    )
    assert _TID in said and "TMK" in said
    place.by_hand("power hold 1600")
    place.wait_for("sign_in")
    assert " 0 failed" in place.qiandao("selftest", "--serial", port, "--headless")
    place.by_hand("power hold 1600")
    place.wait_for("sign_in")
    place.by_hand("linked", "press ENTER", "expect 操作员号", f"type {CASHIER.number}", "press ENTER", "expect 班次")
    place.by_hand("press 1 ENTER", "expect 密码", f"type {CASHIER.pin}", "press ENTER", "expect 签到成功")
    place.by_hand("press ENTER", "expect 营业中")
    place.wait_for("")
    place.by_hand(
        "press 1", "expect 现金收款", "press 5 0 0 ENTER", "expect 收款金额", "press ENTER", "expect 收款成功"
    )
    end = time.monotonic() + programs.PATIENCE_S
    while "5.00" not in place.host("records", _TID):
        assert time.monotonic() < end
    backup = f"{place.folder}/shop.backup"
    place.qiandao("backup", "--serial", port, "--out", backup)
    assert "5.00" in place.qiandao("backup", "show", backup)
    assert CASHIER.name in place.host("sign-ins")
