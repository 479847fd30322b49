# SPDX-License-Identifier: MIT
"""What a chip does before MicroPython: a bare one, half a flashing, a damaged one; the stand-in for the stock image."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import esp_image
from tools.emulator import Board, BoardError
from tools.emulator.flash import SECTOR, SIZE
from tools.emulator.image import flash_image, regions, stand_in

APP = 0x10000


def life(path: Path, ms: int = 1200) -> tuple[str, list[str]]:
    """Console and resets of a board that is switched on for so long."""
    with Board(path) as board:
        board.power_on()
        board.run(ms)
        return board.serial.decode(), board.resets


@pytest.fixture
def flashed(tmp_path: Path) -> Path:
    return flash_image(tmp_path / "flash.bin", {"boot.py": b"", "main.py": b"print('main')"})


def overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


def test_a_bare_chip_complains_and_resets_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "bare.bin"
    path.write_bytes(b"\xff" * SIZE)
    serial, resets = life(path)
    assert resets == ["PWRON", "WDT", "WDT", "WDT"]
    assert serial.startswith("ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13")
    assert serial.count("invalid header: 0xffffffff\r\n") == 8 * 4
    assert ">>>" not in serial
    assert path.read_bytes() == b"\xff" * SIZE


def test_a_bare_chip_runs_no_snippet(tmp_path: Path) -> None:
    path = tmp_path / "bare.bin"
    path.write_bytes(b"\xff" * SIZE)
    with Board(path) as board, pytest.raises(BoardError, match="invalid header"):
        board.exec("print(1)")


@pytest.mark.parametrize(
    ("start", "data", "words"),
    [
        (0x1000, b"\xff" * SECTOR, "invalid header: 0xffffffff"),
        (0x8000, b"\xff" * SECTOR, "load partition table error!"),
        (APP, b"\xff" * SECTOR, "image at 0x10000 has invalid magic byte (nothing flashed here?)"),
        (APP + 200, b"\0", "wrong checksum"),
        (APP, b"\xe9\x63", "no segments"),
    ],
)
def test_half_a_flashing_does_not_start(flashed: Path, start: int, data: bytes, words: str) -> None:
    assert "main\r\n" in life(flashed)[0].replace("\n", "\r\n")
    if data == b"\0":
        data = bytes((flashed.read_bytes()[start] ^ 1,))
    if words == "no segments":
        words = "Factory app partition is not bootable"
    overwrite(flashed, start, data)
    serial, resets = life(flashed)
    assert words in serial
    assert "main" not in serial
    assert resets[:2] == ["PWRON", "WDT"]


def test_the_stand_in_is_an_image_for_esptool_too(tmp_path: Path) -> None:
    firmware = stand_in()
    for name, data in (("bootloader", firmware.bootloader), ("app", firmware.app)):
        path = tmp_path / f"{name}.bin"
        path.write_bytes(data)
        command = [sys.executable, "-m", "esptool", "--chip", "esp32", "image-info", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "ESP32 Image Header" in done.stdout and done.stdout.count("(valid)") == 2
        assert ("Project name: micropython" in done.stdout) == (name == "app")
    described = esp_image.read(firmware.app).descriptor
    assert described is not None and described.version.startswith("v1.")
    assert len(firmware.app) < regions()["factory"].size


def test_images_are_read_as_they_are_built_and_not_otherwise() -> None:
    segments = [(0x3F400020, bytes(range(200))), (0x40080000, b"code")]
    data = esp_image.build(segments, 0x40080000)
    image = esp_image.read(data + b"\xff" * 99)
    assert (image.size, image.entry, list(image.segments), image.descriptor) == (len(data), 0x40080000, segments, None)
    for at in range(len(data)):
        with pytest.raises(esp_image.ImageError):
            esp_image.read(data[:at])
    for at in range(24, len(data)):
        with pytest.raises(esp_image.ImageError):
            esp_image.read(data[:at] + bytes((data[at] ^ 0x40,)) + data[at + 1 :])
    other = bytearray(data)
    other[12] = 9
    with pytest.raises(esp_image.ImageError, match="for ESP32-S3"):
        esp_image.read(bytes(other))


def test_a_blank_file_system_is_made_by_the_first_start(flashed: Path) -> None:
    """As the port's initial setup does after flashing."""
    vfs = regions()["vfs"]
    overwrite(flashed, vfs.start, b"\xff" * vfs.size)
    serial, resets = life(flashed)
    assert serial.startswith("Performing initial setup") and serial.endswith(">>> ")
    assert resets == ["PWRON"]
    with Board(flashed) as board:
        assert board.exec("import os\nprint(os.listdir())") == "['boot.py']\n"
