# SPDX-License-Identifier: MIT
"""`qiandao deploy` over the emulated board's port: from MicroPython alone to the firmware; changes, interruptions."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests_host.serial.cables import cable_pulled, last_line, reached, says
from tests_host.serial.commands import bad, good
from tests_host.serial.conftest import Plug
from tests_host.serial.release import release
from tools import serial_board
from tools.commands import deploy
from tools.emulator import flash_image
from tools.emulator.image import (
    STAMP,
    Region,
    deployed,
    merged,
    partition_table,
    regions,
    stamp,
    stand_in,
    tree_files,
)
from tools.emulator.live import LiveBoard
from tools.errors import RefusedError
from tools.flashing import deployment
from tools.serial_board import SerialBoard

pytestmark = pytest.mark.long  # in real time: it wants the machine for itself

MAIN = b"import app\nprint('runs', app.NAME, app.__file__)\n"
SMALL = {
    "boot.py": b"print('boot')\n",
    "main.py": MAIN,
    "lib/app.py": b"NAME = 'one'\n",
    "lib/data.bin": bytes(range(256)) * 40,
    "lib/empty.txt": b"",
}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulated board is twenty times as fast as a real one."""
    monkeypatch.setattr(serial_board, "_STATUS_S", 0.3)


def use(monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]) -> None:
    """A small tree stands in for the firmware's."""
    monkeypatch.setattr(deploy, "tree_files", lambda: files)


def on_board(live: LiveBoard) -> dict[str, str]:
    """Digest by path of everything on the board; leaves it at its REPL."""
    with SerialBoard(str(live.port), restart=False) as board:
        return {path: board.digest(path) for path in board.list()}


def wanted(files: dict[str, bytes]) -> dict[str, str]:
    whole = {**files, STAMP: stamp(files)}
    return {path: sha256(data).hexdigest() for path, data in whole.items()}


def test_from_an_erased_flash_to_the_application(plug: Plug, bare: Path, tmp_path: Path) -> None:
    """C4: `make flash`, `make deploy`, and the terminal asks to be provisioned."""
    live = plug(bare)
    good("flash", "--serial", live.port, "--firmware", release(tmp_path / "stock.bin"))
    line = last_line(good("deploy", "--serial", live.port))
    assert "is on the board" in line and " 0 removed" in line
    reached(live, lambda board: board.panel.is_lit and "终端未初始化" in "".join(board.panel.text()))


def test_l1_the_terminal_shows_that_it_is_updated(plug: Plug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """L1: lock icon and reason from the first file to the last, the mark gone at the end; also when broken off."""
    live = plug(flash_image(tmp_path / "flash.bin"))
    reached(live, lambda board: "终端未初始化" in "".join(board.panel.text()))
    shown: list[str] = []
    put = deployment._put

    def watched(board: Any, path: str, *others: Any) -> None:
        shown.append(live.call(lambda emulated: "".join(emulated.panel.text())))
        put(board, path, *others)

    monkeypatch.setattr(deployment, "_put", watched)
    files = {**tree_files(), "lib/one_more.py": b"MORE = 1\n"}
    use(monkeypatch, files)
    good("deploy", "--serial", live.port)
    assert shown and all("终端已锁定" in text and "正在更新" in text for text in shown)
    assert deployment.UPDATING not in on_board(live)


@pytest.mark.parametrize("as_source", [False, True])
def test_only_what_changed_is_copied(
    plug: Plug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_source: bool
) -> None:
    live = plug(flash_image(tmp_path / "flash.bin", {"main.py": b"1", "old/gone.py": b"2", "lib/app.py": b"3"}))
    options = ["--serial", live.port, *(["--source"] if as_source else [])]

    def seen() -> dict[str, bytes]:
        return SMALL if as_source else deployed(SMALL)

    use(monkeypatch, SMALL)
    removed = 2 if as_source else 1  # the byte code of the application too
    assert f": 5 files copied, {removed} removed" in good("deploy", *options)
    reached(live, says(f"runs one /lib/app.{'py' if as_source else 'mpy'}".encode()))
    assert on_board(live) == wanted(seen())
    assert "already: nothing copied" in good("deploy", *options)
    use(monkeypatch, {**SMALL, "lib/app.py": b"NAME = 'two'\n"})
    assert ": 1 files copied, 0 removed" in good("deploy", *options)
    reached(live, says(b"runs two"))


def test_a_file_that_came_to_harm_is_replaced(plug: Plug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, SMALL)
    live = plug(flash_image(tmp_path / "flash.bin", SMALL))
    with SerialBoard(str(live.port), restart=False) as board:
        board.put("lib/data.bin", SMALL["lib/data.bin"][:-1] + b"?")
        board.put("lib/notes/left.txt", b"mine")
    assert ": 1 files copied, 1 removed" in good("deploy", "--serial", live.port)
    assert on_board(live) == wanted(deployed(SMALL))


@pytest.mark.parametrize("step", [1, 2, 4, 6, 12])
def test_a_deployment_cut_short_does_not_count_and_can_be_repeated(
    plug: Plug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The power fails: the old tree is whole, or it bears the mark of an update and nothing starts without main.py."""
    flash = flash_image(tmp_path / "flash.bin", {**SMALL, "lib/app.py": b"NAME = 'old'\n", "lib/data.bin": b"old"})
    use(monkeypatch, SMALL)
    live = plug(flash)
    reached(live, says(b"runs old"))
    before = on_board(live)
    live.call(lambda board: board.flash.cut_at(step, "after"))
    with cable_pulled(live, lambda board: board.state == "off"):
        line = last_line(bad("deploy", "--serial", live.port))
    assert "cable pulled?" in line and "repeat" in line
    live = plug(flash)
    reached(live, says(b">>> "))
    ran = live.call(lambda board: b"runs old" in board.serial)
    left = on_board(live)
    assert ran == ("main.py" in left)
    assert left == before or deployment.UPDATING in left
    good("deploy", "--serial", live.port)
    reached(live, says(b"runs one"))
    assert on_board(live) == wanted(deployed(SMALL))


def test_a_file_system_that_is_too_small_is_told(plug: Plug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {**regions(), "vfs": Region("vfs", 1, 0x83, 0x200000, 0x10000)}
    flash = tmp_path / "flash.bin"
    flash.write_bytes(merged(stand_in(), {"main.py": MAIN}, table))
    live = plug(flash)
    use(monkeypatch, {**SMALL, "lib/data.bin": bytes(60_000)})
    assert "too small: 64 KiB" in last_line(bad("deploy", "--serial", live.port))
    assert set(on_board(live)) == {"main.py", STAMP}


def test_a_board_with_another_table_is_told(plug: Plug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, SMALL)
    flash = flash_image(tmp_path / "flash.bin", SMALL)
    table = [region for region in regions().values() if region.label != "journal"]
    with flash.open("r+b") as file:
        file.seek(0x8000)
        file.write(partition_table(table))
    assert "another partition table; 'make flash'" in last_line(bad("deploy", "--serial", plug(flash).port))


def test_ports_that_are_none_are_told() -> None:
    assert "there is no such port" in last_line(bad("deploy", "--serial", "/dev/nowhere"))
    assert "Missing option '--serial'" in bad("deploy")


class Answers:
    """A board that answers the first questions as it is told."""

    def __init__(self, probe: list[Any] | str, fault: str = "") -> None:
        self._answers = [probe if isinstance(probe, str) else json.dumps(probe), "", ""]
        self._fault = fault
        self.ran: list[str] = []

    def exec(self, code: str) -> str:
        self.ran.append(code)
        if self._answers:
            return self._answers.pop(0) + "\n"
        if self._fault and code.startswith("take("):
            raise RefusedError(self._fault)
        return ""


ROOM = (4096, 4096, 384, 300)
OURS = ["nvs", "vfs", "journal"]


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        (["micropython", (1, 24, 1), 6, OURS, ROOM], "runs micropython 1.24.1; this firmware runs on MicroPython 1.25"),
        (["circuitpython", (9, 2, 1), 6, OURS, ROOM], "runs circuitpython 9.2.1"),
        (["micropython", (1, 29, 0), 0x2F07, OURS, ROOM], "byte code of version 7, ours is of version 6: deploy as"),
        (["micropython", (1, 26, 0), 0x2F06, ["nvs", "vfs"], ROOM], "another partition table"),
        ("ets Jul 29 2019", "does not answer as MicroPython"),
        ("", "does not answer as MicroPython"),
    ],
)
def test_boards_that_this_firmware_does_not_run_on(probe: list[Any] | str, words: str) -> None:
    board = Answers(probe)
    with pytest.raises(RefusedError) as caught:
        deployment.deploy(board, SMALL, 6, lambda path, done, total: None)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert len(board.ran) == 1  # nothing was touched


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("the board refused: OSError: [Errno 28] ENOSPC", "file system is full at boot.py; 'make flash' empties it"),
        ("the board refused: MemoryError", "MemoryError"),
    ],
)
def test_what_the_board_refuses_is_told(fault: str, words: str) -> None:
    board = Answers(["micropython", (1, 26, 0), 0x2F06, OURS, ROOM], fault)
    with pytest.raises(RefusedError, match=words):
        deployment.deploy(board, SMALL, 6, lambda path, done, total: None)


def test_progress_goes_up_to_the_end(plug: Plug, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with SerialBoard(str(plug(flash_image(tmp_path / "flash.bin", SMALL)).port)) as board:
        changed = {**SMALL, "lib/data.bin": bytes(9000)}
        outcome = deployment.deploy(board, changed, None, lambda *words: told.append(words))
    assert outcome.copied == 2  # and the application as source
    assert [done for path, done, _ in told if path == "lib/data.bin"][-3:] == [4096 + 13, 8192 + 13, 9000 + 13]
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert {total for _, _, total in told} == {told[-1][1]}
