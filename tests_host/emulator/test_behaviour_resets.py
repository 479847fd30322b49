# SPDX-License-Identifier: MIT
"""docs/emulated-board.md, resets: what the port calls each of them, and what survives which."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests_host.emulator.behaviour import new_board, rows_of
from tools.emulator import Board

_MAIN = """
import machine, network, time
from machine import Pin
life = len(machine.RTC().memory())
seen = [machine.reset_cause(), machine.wake_reason(), life > 0, time.time() > 800000000]
Pin(5).init(pull=Pin.PULL_DOWN)
row("after", seen + [Pin(5).value(), network.WLAN().active(), time.ticks_ms() > 2500])
print("life", life)
if not life:
    machine.RTC().memory(b"1")
    machine.RTC().datetime((2026, 3, 2, 0, 9, 0, 0, 0))
    Pin(5, Pin.OUT, value=1)
    machine.PWM(Pin(19), freq=1000, duty_u16=65535)
    network.WLAN().active(True)
    time.sleep_ms(3000)
    {}
time.sleep(3600)
"""
_SLEEP = "import esp32; esp32.wake_on_ext0(Pin(33, Pin.IN, Pin.PULL_UP), False); machine.deepsleep(60000)"


class Survival(NamedTuple):
    """What the second life finds; the columns of the table in docs/emulated-board.md."""

    cause: int
    wake: int
    rtc_memory: bool
    rtc_time: bool
    pad: int
    radio: bool
    ticks: bool


def _nothing(board: Board) -> None:
    board.run(100)


def _battery_off_and_on(board: Board) -> None:
    board.power_off()
    board.power_on()


_DEEP = Survival(4, 4, True, True, 0, False, False)
_KINDS: dict[str, tuple[str, Callable[[Board], None], Survival, str]] = {
    "power-on": ("", _battery_off_and_on, Survival(1, 0, False, False, 0, False, False), "PWRON"),
    "en": ("", Board.reset_button, Survival(1, 0, False, False, 0, False, False), "PWRON"),
    "brown-out": ("", Board.brown_out, Survival(1, 0, True, True, 0, False, False), "BROWNOUT"),
    "hard": ("machine.reset()", _nothing, Survival(2, 0, True, True, 0, False, False), "HARD"),
    "watchdog": ("machine.WDT(timeout=50)", _nothing, Survival(3, 0, True, True, 0, False, False), "WDT"),
    "timer": (_SLEEP, lambda board: board.run(61_000), _DEEP, "DEEPSLEEP"),
    "ext0": (_SLEEP, lambda board: board.button.hold(200), _DEEP._replace(wake=2), "DEEPSLEEP"),
    "soft": ("machine.soft_reset()", _nothing, Survival(5, 0, True, True, 1, True, True), "SOFT"),
}


@pytest.mark.parametrize("kind", _KINDS)
def test_survival(tmp_path: Path, kind: str) -> None:
    last_words, stimulus, expected, name = _KINDS[kind]
    with new_board(tmp_path, _MAIN.format(last_words)) as board:
        board.power_on()
        assert board.run_until(lambda: b"life 0" in board.serial)
        board.run(2000)
        start = len(board.serial)
        board.run(2000)
        stimulus(board)
        assert board.run_until(lambda: b"ROW after" in board.serial[start:], 5000), board.serial
        assert Survival(*rows_of(board.serial[start:].decode())["after"]) == expected  # type: ignore[misc]
        assert board.resets[-1] == name
        assert not expected.rtc_memory or board.led.colour == (0, 0, 0)  # PWM ends with every reset


def _lives(folder: Path, main: str, ms: int = 12_000) -> Board:
    board = new_board(folder, main)
    board.power_on()
    board.run(ms)
    board.close()
    return board


def test_a_soft_reset_neither_stops_nor_feeds_the_watchdog(tmp_path: Path) -> None:
    main = """
    import machine, time
    if machine.reset_cause() == 1:
        machine.WDT(timeout=4000)
        time.sleep(1)
        machine.soft_reset()
    time.sleep(3600)
    """
    assert _lives(tmp_path, main, 5800).resets == ["PWRON", "SOFT", "WDT"]


def test_a_hard_reset_stops_the_watchdog(tmp_path: Path) -> None:
    main = "import machine\nmachine.WDT(timeout=4000)\nif machine.reset_cause() == 1: machine.reset()"
    assert _lives(tmp_path, main.replace("machine.WDT", "if machine.reset_cause() == 1: machine.WDT")).resets == [
        "PWRON",
        "HARD",
    ]


def test_a_soft_reset_keeps_reason_and_source_of_waking(tmp_path: Path) -> None:
    """esp_sleep_get_wakeup_cause() and the static machine_rtc_config know nothing of it."""
    main = """
    import esp32, machine, time
    from machine import Pin
    row("life%d" % len(machine.RTC().memory()), [machine.reset_cause(), machine.wake_reason()])
    machine.RTC().memory(machine.RTC().memory() + b".")
    if machine.reset_cause() == 1: machine.deepsleep(1000)
    if machine.reset_cause() == 4:
        esp32.wake_on_ext0(Pin(33, Pin.IN, Pin.PULL_UP), False)
        machine.soft_reset()
    if machine.reset_cause() == 5 and len(machine.RTC().memory()) == 3: machine.deepsleep()
    """
    with new_board(tmp_path, main) as board:
        board.power_on()
        assert board.run_until(lambda: board.resets[-1] == "SOFT" and board.state == "deepsleep", 8000)
        board.button.hold(100)
        board.run(1000)
        rows = rows_of(board.serial.decode())
    assert [rows[f"life{number}"] for number in range(4)] == [[1, 0], [4, 4], [5, 4], [4, 2]]


def test_deep_sleep_of_no_time_wakes_at_once_and_without_a_time_never(tmp_path: Path) -> None:
    main = "import machine\nif machine.reset_cause() == 1: machine.deepsleep(0)\nmachine.deepsleep()"
    with new_board(tmp_path, main) as board:
        board.power_on()
        board.run(3_600_000)
        assert (board.resets, board.state) == (["PWRON", "DEEPSLEEP"], "deepsleep")


def test_deep_sleep_leaves_the_panel_as_it_is_and_stops_the_watchdog(tmp_path: Path) -> None:
    main = """
    import machine
    from machine import I2C, Pin, PWM, WDT
    I2C(0, scl=Pin(22), sda=Pin(21)).writeto(0x3C, b"\\0\\x8d\\x14\\xa5\\xaf")
    PWM(Pin(18), freq=1000, duty_u16=65535)
    WDT(timeout=2000)
    machine.deepsleep()
    """
    with new_board(tmp_path, main) as board:
        board.power_on()
        board.run(60_000)
        assert (board.state, board.resets) == ("deepsleep", ["PWRON"])
        assert board.panel.is_lit
        assert board.led.colour == (0, 0, 0)


def test_a_brown_out_says_so_and_is_called_a_power_on(tmp_path: Path) -> None:
    """Only the RTC memory, which it leaves alone, tells it from one."""
    with new_board(tmp_path, "import machine\nprint('cause', machine.reset_cause())") as board:
        board.power_on()
        board.run(1000)
        board.brown_out()
        board.run(1000)
        assert b"Brownout detector was triggered" in board.serial
        assert board.serial.count(b"cause 1") == 2
        assert board.resets == ["PWRON", "BROWNOUT"]
        board.power_off()
        board.brown_out()
        assert board.state == "off"
