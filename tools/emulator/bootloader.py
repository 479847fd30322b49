# SPDX-License-Identifier: MIT
"""What runs before MicroPython: the ROM looks for a bootloader at 0x1000, that one for the table and an application.

A chip that misses one of them says so on its console until its watchdog starts it again; no Python runs. The words are
those of an ESP32 with esp-idf 5; the ROM's eight lines and their pace are in logs of bare boards (RTCWDT_RTC_RESET).
"""

from typing import TYPE_CHECKING, Final

from tools import esp_image
from tools.emulator import power
from tools.emulator.flash import Flash

if TYPE_CHECKING:
    from tools.emulator.board import Board

LOADER_START: Final = 0x1000
TABLE_START: Final = 0x8000
_RETRY_US: Final = 380_000
_TABLE_SIZE: Final = 0xC00
_ENTRY: Final = 32
_ENTRY_MAGIC: Final = b"\xaa\x50"
_APP, _FACTORY = 0, 0
_ROM_TRIES: Final = 8
_BANNER: Final = "ets Jul 29 2019 12:21:46\r\n\r\nrst:{},boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
_CAUSES: Final = {
    power.PWRON: "0x1 (POWERON_RESET)",
    power.WDT: "0x10 (RTCWDT_RTC_RESET)",
    power.DEEPSLEEP: "0x5 (DEEPSLEEP_RESET)",
    power.HARD: "0xc (SW_CPU_RESET)",
    power.BROWN_OUT: "0x3 (SW_RESET)",
}


def _factory(flash: Flash) -> tuple[int, int] | None:
    """Where the factory application is, by the table in the flash."""
    table = flash.read(TABLE_START, _TABLE_SIZE)
    for at in range(0, len(table), _ENTRY):
        entry = table[at : at + _ENTRY]
        if entry[:2] != _ENTRY_MAGIC:
            break
        if entry[2] == _APP and entry[3] == _FACTORY:
            return int.from_bytes(entry[4:8], "little"), int.from_bytes(entry[8:12], "little")
    return None


def _idf(*lines: str) -> str:
    return "".join(f"E ({number * 6 + 36}) {line}\r\n" for number, line in enumerate(lines))


def _app_fault(flash: Flash, start: int, size: int) -> str:
    if flash.read(start, 1)[0] != esp_image.MAGIC:
        return f"image at 0x{start:x} has invalid magic byte (nothing flashed here?)"
    try:
        esp_image.read(flash.read(start, size))
    except esp_image.ImageError as fault:
        return str(fault)
    return ""


def _loader_complaint(flash: Flash) -> str:
    if flash.read(TABLE_START, 2) != _ENTRY_MAGIC:
        return _idf(
            f"flash_parts: partition 0 invalid magic number 0x{int.from_bytes(flash.read(TABLE_START, 2), 'little'):x}",
            "boot: Failed to verify partition table",
            "boot: load partition table error!",
        )
    place = _factory(flash)
    if place is None:
        return _idf("boot: No bootable app partitions in the partition table")
    fault = _app_fault(flash, *place)
    if fault:
        return _idf(
            f"esp_image: {fault}",
            "boot: Factory app partition is not bootable",
            "boot: No bootable app partitions in the partition table",
        )
    return ""


def complaint(flash: Flash) -> str:
    """What the chip says instead of starting MicroPython; empty when it starts."""
    try:
        esp_image.read(flash.read(LOADER_START, TABLE_START - LOADER_START))
    except esp_image.ImageError:
        word = int.from_bytes(flash.read(LOADER_START, 4), "little")
        return f"invalid header: 0x{word:08x}\r\n" * _ROM_TRIES
    return _loader_complaint(flash)


def holds(board: "Board", cause: int) -> bool:
    """The chip finds nothing to start: its console says so, and its watchdog tries again and again."""
    words = complaint(board.flash)
    if not words:
        return False
    board.console.say((_BANNER.format(_CAUSES[cause]) + words).encode())
    life = len(board.resets)

    def try_again() -> None:
        if board.state == "running" and len(board.resets) == life:
            board.restart(power.WDT)

    board.clock.after(_RETRY_US, try_again)
    return True
