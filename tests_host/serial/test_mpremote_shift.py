# SPDX-License-Identifier: MIT
"""C4, C5: a shift on a board that nothing but the real mpremote program touches: from an empty file system on, the tree
is copied, looked at, started, provisioned, and then worked with through mpremote's own window on the serial port.

The board is of the profile `headless`: keys and screen are the bench console's.
"""

import json
import os
import pty
import select
import time
import tty
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pytest

from tests_host.serial.conftest import Plug
from tests_host.serial.mpremote import Mpremote
from tests_host.serial.programs import PATIENCE_S as _DEADLINE_S
from tests_host.serial.programs import program
from tools.emulator import flash_image
from tools.emulator.image import deployed, tree_files
from tools.host.host import Host
from tools.provision import Site, provision
from tools.rig import CASHIER, HOST_ADDRESS, MID, new_host

pytestmark = pytest.mark.long  # in real time: it wants the machine for itself

_TID: Final = "10000001"
_AGAIN_S: Final = 2.0
_LEAVE: Final = b"\x1d"  # Ctrl-]


class Window:
    """`mpremote repl` in a terminal window: what is typed goes to the board, what the board says is read."""

    def __init__(self, mpremote: Mpremote) -> None:
        self._command = mpremote.command("resume", "repl")

    def __enter__(self) -> Self:
        self._fd, inside = pty.openpty()
        tty.setraw(inside)
        with ExitStack() as ends:
            ends.callback(os.close, self._fd)
            streams = {"stdin": inside, "stdout": inside, "stderr": inside}
            self._process = ends.enter_context(program(*self._command, **streams))
            os.close(inside)
            self._heard = b""
            self._until(b"Ctrl-x")
            self._ends = ends.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._ends:
            os.write(self._fd, _LEAVE)
            self._process.wait(_DEADLINE_S)

    def _until(self, expected: bytes) -> bytes:
        """Everything up to and including `expected`, once."""
        end_s = time.monotonic() + _DEADLINE_S
        while expected not in self._heard:
            assert time.monotonic() < end_s, self._heard[-2000:]
            self._listen(0.1)
        said, _, self._heard = self._heard.partition(expected)
        return said + expected

    def _listen(self, seconds: float) -> None:
        if select.select([self._fd], [], [], seconds)[0]:
            self._heard += os.read(self._fd, 4000)

    def wait_for_start(self) -> None:
        """A terminal that is starting does not hear: it is asked until it answers, and all its answers are taken."""
        end_s = time.monotonic() + _DEADLINE_S
        while b'"re": "status"' not in self._heard:
            assert time.monotonic() < end_s, self._heard[-2000:]
            os.write(self._fd, b"\n@status\n")
            next_s = time.monotonic() + _AGAIN_S
            while b'"re": "status"' not in self._heard and time.monotonic() < next_s:
                self._listen(0.1)
        os.write(self._fd, b"@health\n")
        self._until(b'"re": "health"')
        self._until(b"}\r\n")

    def ask(self, request: str) -> dict[str, Any]:
        """The answer to `@request`."""
        os.write(self._fd, f"@{request}\n".encode())
        self._until(b'{"')
        answer: dict[str, Any] = json.loads(b'{"' + self._until(b"}\r\n"))
        return answer

    def expect(self, words: str) -> None:
        """Until the screen says so."""
        end_s = time.monotonic() + _DEADLINE_S
        while words not in "".join(rows := self.ask("screen")["rows"]):
            assert time.monotonic() < end_s, f"{words}: {rows}"

    def press(self, keys: str, words: str) -> None:
        assert self.ask(f"key {keys}")["ok"]
        self.expect(words)


class _ByMpremote:
    """What `tools.provision` runs its snippets on."""

    def __init__(self, mpremote: Mpremote, folder: Path) -> None:
        self._mpremote = mpremote
        self._file = folder / "snippet.py"

    def exec(self, code: str) -> str:
        self._file.write_text(code)
        return self._mpremote("run", self._file)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Host]:
    with new_host(tmp_path / "host") as host:
        yield host


def _copy_the_tree(mpremote: Mpremote, folder: Path) -> None:
    for name, data in deployed(tree_files()).items():
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    mpremote("cp", "-r", *sorted((folder / "tree").iterdir()), ":")


def _work_a_shift(window: Window) -> None:
    """From the lock screen to the sign-out."""
    window.press("D", "操作员号")
    window.press(" ".join(CASHIER.number) + " D", "班次")
    window.press("1 D", "密码")
    window.press(" ".join(CASHIER.pin) + " D", "签到成功")
    window.press("D", "营业中")
    window.press("1", "现金收款")
    window.press("5 0 0 D", "收款金额")
    window.press("D", "收款成功")
    window.press("D", "营业中")
    status = window.ask("status")
    assert (status["state"], status["locked"], status["records"]) == ("signed_in", False, 1)
    window.press("A", "功能菜单")
    window.press("3", "密码")
    window.press(" ".join(CASHIER.pin) + " D", "本批合计")
    window.press("D", "结束营业")
    window.press("D", "签退成功")


@pytest.mark.timeout(360)
def test_s2_o3_a_shift_on_a_board_that_only_mpremote_touches(plug: Plug, shop: Host, tmp_path: Path) -> None:
    """C4, C5, L5, S1-S4, W3, O2, O3, O6."""
    live = plug(flash_image(tmp_path / "flash", {}))
    live.call(lambda board: board.link.route(HOST_ADDRESS, ("127.0.0.1", shop.port)))
    wifi = live.call(lambda board: board.wifi)
    mpremote = Mpremote(live.port)

    _copy_the_tree(mpremote, tmp_path)
    assert {"boot.py", "main.py", "firmware/", "lib/"} <= {row.split()[-1] for row in mpremote("ls").splitlines()[1:]}
    assert mpremote("exec", "import firmware.terminal as t; print(t.VERSION)").strip()
    mpremote("soft-reset")

    identity = shop.enrolment.terminal(_TID, MID, "E32-0001")
    site = Site(wifi.ssid, wifi.psk, *HOST_ADDRESS, profile="headless", bench=True)
    kcvs = provision(_ByMpremote(mpremote, tmp_path), identity, site, live.call(lambda board: board.now))
    assert set(kcvs) == {"TMK", "TAK0", "TPK0"}
    mpremote("reset")

    with Window(mpremote) as window:
        window.wait_for_start()
        window.expect("请签到")
        assert window.ask("status")["reason"] == "sign_in"
        while not window.ask("health")["linked"]:
            pass
        _work_a_shift(window)
    assert [record.amount_minor for record in shop.books.records(_TID, 1)] == [500]
    (batch,) = [batch for batch in shop.books.batches(_TID) if batch.number == 1]
    assert batch.is_balanced
