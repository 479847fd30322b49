# SPDX-License-Identifier: MIT
"""Stock images told apart from everything else, fetched or given; the merged image, and a board that starts from it."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests_host.serial.commands import bad, good
from tests_host.serial.release import application, for_other_chip, release
from tools.emulator import Board
from tools.emulator.flash import SIZE
from tools.emulator.image import STAMP, Firmware, regions, stand_in
from tools.errors import RefusedError
from tools.flashing import fetch, stock

BIG = regions()["factory"].size


@cache
def own() -> Firmware:
    return stand_in()


@pytest.mark.parametrize(
    ("version", "banner", "expected"),
    [
        ("v1.25.0", b"", "1.25.0"),
        ("v1.29.0-dirty", b"", "1.29.0-dirty"),
        ("1", b"MicroPython v1.28.0 on 2026", "1.28.0"),
    ],
)
def test_a_release_is_taken_apart(tmp_path: Path, version: str, banner: bytes, expected: str) -> None:
    app = application(version=version, banner=banner)
    found = stock.load(release(tmp_path / "stock.bin", app), regions()["factory"])
    assert found == (Firmware(own().bootloader, app), expected)


def test_a_file_that_begins_at_zero_is_taken_too(tmp_path: Path) -> None:
    path = release(tmp_path / "stock.bin")
    path.write_bytes(b"\xff" * 0x1000 + path.read_bytes())
    assert stock.load(path, regions()["factory"])[0] == own()


WRONG: list[tuple[str, Callable[[Path], object], str]] = [
    ("nothing", lambda path: None, "No such file"),
    ("a folder", lambda path: path.mkdir(), "is a directory"),
    ("empty", lambda path: path.write_bytes(b""), "not an image for the ESP32"),
    ("text", lambda path: path.write_text("hello"), "not an image for the ESP32"),
    ("uf2", lambda path: path.write_bytes(b"UF2\n" + bytes(508)), "take the .bin"),
    ("huge", lambda path: path.write_bytes(bytes(17 << 20)), "larger than any flash"),
    ("only the application", lambda path: path.write_bytes(own().app), "without its bootloader"),
    ("only the bootloader", lambda path: path.write_bytes(own().bootloader), "application: no ESP32 image"),
    ("cut off", lambda path: path.write_bytes(release(path).read_bytes()[:-40]), "application: the image is cut off"),
    (
        "damaged",
        lambda path: release(path, own().app[:99] + b"\x5b" + own().app[100:]),
        "application: the image is damaged",
    ),
    ("other chip", lambda path: release(path, bootloader=for_other_chip(own().bootloader)), "for ESP32-S3"),
    ("too old", lambda path: release(path, application(version="v1.24.1")), "runs on 1.25 to 1.29"),
    ("too new", lambda path: release(path, application(version="v2.0.0")), "runs on 1.25 to 1.29"),
    ("no version", lambda path: release(path, application(version="abc")), "which MicroPython it is"),
    ("another firmware", lambda path: release(path, application(project="esp-at")), "'esp-at', not MicroPython"),
    ("too large", lambda path: release(path, application(size=BIG)), "its partition 1984 KiB"),
]


@pytest.mark.parametrize(("make", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_is_no_stock_image_is_refused_in_one_line(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    path = tmp_path / "firmware.bin"
    make(path)
    for command in (["image", "--out", str(tmp_path / "out.bin")], ["flash", "--serial", "/dev/null"]):
        line = bad(*command, "--firmware", path).strip().splitlines()[-1]
        assert words in line and str(path) in line
    assert not (tmp_path / "out.bin").exists()


def test_a_board_starts_from_the_merged_image(tmp_path: Path) -> None:
    """`make image`: MicroPython, table and tree; keys and journal blank."""
    out = tmp_path / "new" / "qiandao.bin"
    assert "to be written at 0" in good("image", "--firmware", release(tmp_path / "stock.bin"), "--out", out)
    data = out.read_bytes()
    assert len(data) == SIZE
    for label in ("nvs", "journal"):
        region = regions()[label]
        assert data[region.start : region.start + region.size].strip(b"\xff") == b""
    command = [sys.executable, "-m", "esptool", "--chip", "esp32", "image-info", str(tmp_path / "stock.bin")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    with Board(out) as board:
        board.power_on()
        assert board.run_until(lambda: board.panel.is_lit and "请" in "".join(board.panel.text()), 20_000)
        board.power_off()
        assert board.exec(f"print(open('{STAMP}').readline())").startswith("0.")


def test_a_stand_in_is_a_stock_image_for_emulated_boards(tmp_path: Path) -> None:
    out = tmp_path / "stand-in.bin"
    assert "a real one cannot run it" in good("image", "--stand-in", "--out", out)
    assert stock.load(out, regions()["factory"])[0] == own()


def test_an_image_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "file: " in bad(
        "image", "--firmware", release(tmp_path / "stock.bin"), "--out", tmp_path / "file" / "out.bin"
    )


def program(tmp_path: Path, *lines: str) -> Callable[[], Path]:
    """A stand-in for mpflash, which itself needs the world outside."""
    path = tmp_path / "mpflash"
    path.write_text("\n".join(("#!/bin/sh", *lines)))
    path.chmod(0o755)
    return lambda: path


def test_a_release_is_fetched_once(tmp_path: Path) -> None:
    release(tmp_path / "stock.bin")
    place = tmp_path / "firmware"
    mpflash = program(
        tmp_path,
        'test "$2 $4 $5 $6 $7 $8" = "--dir download --board ESP32_GENERIC --version 1.26.1" || exit 3',
        f'test "$HOME" = "{place}" || exit 4',
        f'mkdir -p "$3/esp32" && mv "{tmp_path}/stock.bin" "$3/esp32/ESP32_GENERIC-v1.26.1.bin"',
    )
    for _ in range(2):
        assert fetch.stock_image("1.26.1", place, mpflash) == place / "esp32" / "ESP32_GENERIC-v1.26.1.bin"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["echo '10:00:00 | ❌ Could not connect to micropython.org'"], "Could not connect to micropython.org"),
        (["exit 1"], "it left no file"),
    ],
)
def test_a_release_that_cannot_be_fetched_is_asked_for(tmp_path: Path, lines: list[str], words: str) -> None:
    with pytest.raises(RefusedError) as caught:
        fetch.stock_image("1.26.1", tmp_path / "firmware", program(tmp_path, *lines))
    line = str(caught.value)
    assert words in line and "pass FIRMWARE=ESP32_GENERIC-v1.26.1.bin" in line and "\n" not in line
