# SPDX-License-Identifier: MIT
"""From a bare chip to MicroPython: the real esptool and `qiandao flash` over the emulated board's port."""

import sys
import threading
import time
from pathlib import Path
from random import Random

import pytest
import serial

from tests_host.serial import programs
from tests_host.serial.cables import cable_pulled, last_line, reached, says
from tests_host.serial.commands import bad, good
from tests_host.serial.conftest import PACE, Plug
from tests_host.serial.peer import Peer
from tests_host.serial.release import application, release
from tools.emulator.flash import SIZE
from tools.emulator.image import partition_table, regions, stand_in
from tools.emulator.live import LiveBoard
from tools.emulator.loader import registers
from tools.flashing import writer

pytestmark = pytest.mark.long  # in real time: it wants the machine for itself

_DATA = bytes(range(256)) * 40 + b"the end"


def esptool(live: LiveBoard, *words: object) -> str:
    done = programs.run(sys.executable, "-m", "esptool", "--port", str(live.port), *map(str, words))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    return release(tmp_path / "stock.bin")


def test_esptool_finds_the_chip_that_is_there(plug: Plug, bare: Path) -> None:
    output = esptool(plug(bare), "flash-id")
    for words in ("ESP32-D0WD-V3 (revision v3.1)", "40MHz", "24:0a:c4:00:00:00", "size: 4MB", "Stub flasher running"):
        assert words in output


@pytest.mark.parametrize("options", [("--baud", "921600"), ("--no-stub", "--chip", "esp32")], ids=["stub", "rom"])
def test_esptool_writes_reads_and_erases(plug: Plug, bare: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    live = plug(bare)
    data, back = tmp_path / "data.bin", tmp_path / "back.bin"
    data.write_bytes(_DATA)
    assert "Hash of data verified" in esptool(live, *options, "write-flash", "0x300000", data)
    assert bare.read_bytes()[0x300000 : 0x300000 + len(_DATA)] == _DATA
    esptool(live, *options, "erase-region", "0x301000", "0x1000")
    esptool(live, *options, "read-flash", "0x300000", "0x1800", back)
    assert back.read_bytes() == _DATA[:0x1000] + b"\xff" * 0x800
    reached(live, lambda board: board.state == "running")


def test_flash_makes_a_bare_chip_run_micropython(plug: Plug, bare: Path, stock: Path) -> None:
    live = plug(bare)
    reached(live, says(b"invalid header: 0xffffffff"))
    live.call(lambda board: board.flash.program(0x390000, b"former life"))
    output = good("flash", "--serial", live.port, "--firmware", stock)
    assert "MicroPython 1." in last_line(output) and "24:0a:c4:00:00:00" in last_line(output)
    reached(live, lambda board: board.serial.endswith(b">>> "))
    data, firmware, factory = bare.read_bytes(), stand_in(), regions()["factory"]
    assert data[0x1000:].startswith(firmware.bootloader) and data[factory.start :].startswith(firmware.app)
    assert data[0x8000:].startswith(partition_table(regions().values()))
    assert data[0x380000:].strip(b"\xff") == b""


def test_flash_is_refused_in_one_line(bare: Path, stock: Path, tmp_path: Path, plug: Plug) -> None:
    assert "there is no such port" in last_line(bad("flash", "--serial", "/dev/nowhere", "--firmware", stock))
    assert "not a serial port" in last_line(bad("flash", "--serial", stock, "--firmware", stock))
    live = plug(bare)
    with serial.Serial(str(live.port), exclusive=True):
        assert "the port is busy" in last_line(bad("flash", "--serial", live.port, "--firmware", stock))
    assert bare.read_bytes() == b"\xff" * SIZE


def test_flash_is_for_an_esp32(plug: Plug, bare: Path, stock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_ATTEMPTS", 1)
    with Peer() as peer:
        assert "no ESP32 answers here" in last_line(bad("flash", "--serial", peer.port, "--firmware", stock))
    monkeypatch.setattr(registers, "CHIP", 0x000007C6)
    line = last_line(bad("flash", "--serial", plug(bare).port, "--firmware", stock))
    assert "the chip is an ESP32-S2; this firmware is for the ESP32" in line
    assert bare.read_bytes() == b"\xff" * SIZE


def test_a_cable_pulled_in_the_middle_is_told_and_flashing_can_be_repeated(
    plug: Plug, bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "esptool.cfg").write_text("[esptool]\nconnect_attempts = 1\n")  # it waits for a cable to come back
    monkeypatch.setenv("ESPTOOL_CFGFILE", str(tmp_path / "esptool.cfg"))
    stock = release(tmp_path / "stock.bin", application(banner=Random(1).randbytes(600_000)))
    live = plug(bare)
    with cable_pulled(live, lambda board: board.flash.programs > 500):
        line = last_line(bad("flash", "--serial", live.port, "--firmware", stock))
    assert "cable pulled?" in line and "repeat" in line
    live = plug(bare)
    reached(live, lambda board: board.resets[1:2] == ["WDT"])  # half flashed: does not start
    good("flash", "--serial", live.port, "--firmware", stock)
    reached(live, lambda board: board.serial.endswith(b">>> "))


def test_a_chip_that_is_busy_keeps_to_its_time(plug: Plug, bare: Path) -> None:
    """Ten seconds for the whole flash, no more: esptool waits for it."""
    live = plug(bare)
    began = live.call(lambda board: board.clock.now_us), time.monotonic()
    threading.Event().wait(0.8)
    passed = live.call(lambda board: board.clock.now_us) - began[0], time.monotonic() - began[1]
    assert passed[0] / 1e6 > 0.8 * PACE * passed[1]
