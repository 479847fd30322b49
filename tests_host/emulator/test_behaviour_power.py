# SPDX-License-Identifier: MIT
"""docs/emulated-board.md, what is soldered around the chip: a cell that sags and empties, worn keys."""

from pathlib import Path

import pytest

from tests_host.emulator.behaviour import new_board
from tools.emulator import Board
from tools.emulator.battery import open_circuit_volts

_RADIO = """
import machine, network, time
print("cause", machine.reset_cause(), machine.ADC(35, atten=3).read_uv() // 1000)
time.sleep(1)
network.WLAN().active(True)
print("radio on", machine.ADC(35, atten=3).read_uv() // 1000)
"""


def test_a_sagging_cell_browns_out_when_the_radio_starts(tmp_path: Path) -> None:
    """What a voltmeter shows without a load says little: 3.5 V, and it cannot start the radio."""
    with new_board(tmp_path, _RADIO) as board:
        board.battery.volts, board.battery.ohms = 3.5, 2.0
        board.power_on()
        board.run(5000)
        assert board.resets[:3] == ["PWRON", "BROWNOUT", "BROWNOUT"]
        assert b"radio on" not in board.serial
        board.battery.ohms = 0.5
        board.run(5000)
        assert b"radio on" in board.serial


def test_the_adc_sees_the_cell_under_load(tmp_path: Path) -> None:
    with new_board(tmp_path, _RADIO) as board:
        board.battery.ohms = 1.0
        board.battery.noise_mv = 0
        board.power_on()
        board.run(5000)
        at_start, with_radio = (int(line.split()[-1]) for line in board.serial.decode().splitlines()[:2])
    assert (at_start, with_radio) == ((3950 - 35) // 2 + 1, (3950 - 35 - 95) // 2)


def _used_in_an_hour(folder: Path, main: str) -> float:
    with new_board(folder, main) as board:
        board.battery.drain(capacity_mah=2000)
        board.power_on()
        board.run(3_600_000)
        return board.battery.used_mah


def test_what_is_on_drains_the_cell(tmp_path: Path) -> None:
    """mAh in an hour: asleep, awake, with the panel fully lit, with the radio linked."""
    bus = "from machine import I2C, Pin\nI2C(0, scl=Pin(22), sda=Pin(21))"
    light = bus + '.writeto(60, b"\\0\\x8d\\x14\\x81\\xff\\xa5\\xaf")\n'
    link = 'import network\nw = network.WLAN(); w.active(True); w.connect("shop", "correct horse")\n'
    used = [_used_in_an_hour(tmp_path, main) for main in ("import machine; machine.deepsleep()", "", light, link)]
    assert used == pytest.approx([0.15, 35, 60.8, 57], rel=0.01)


def test_an_emptying_cell_sags_then_is_empty(tmp_path: Path) -> None:
    """Its voltage follows its charge; at the end it cuts itself off."""
    with new_board(tmp_path) as board:
        board.battery.drain(capacity_mah=1, charge=0.5)
        assert board.battery.volts == pytest.approx(3.83)
        board.power_on()
        board.run(30_000)
        assert 0.15 < board.battery.charge < 0.3
        assert board.battery.volts == open_circuit_volts(board.battery.charge)
        assert board.run_until(lambda: board.state == "off", 60_000)
        assert board.battery.charge == 0


def test_the_curve_of_a_cell_rises() -> None:
    volts = [open_circuit_volts(part / 50) for part in range(51)]
    assert volts == sorted(volts)
    assert (volts[0], volts[-1]) == (3.0, 4.2)


def _edges(board: Board, key: str) -> int:
    board.power_on()
    board.run(1000)
    board.keypad.press(key)
    board.run(100)
    return int(board.serial.decode().split()[-1])


def test_a_worn_key_bounces_more(tmp_path: Path) -> None:
    watch = """
    import time
    from machine import Pin
    Pin(13, Pin.OPEN_DRAIN, value=0)
    count = 0
    def edge(pin):
        global count
        count += 1
    Pin(25, Pin.IN, Pin.PULL_UP).irq(edge, Pin.IRQ_FALLING | Pin.IRQ_RISING)
    while True:
        time.sleep_ms(1)
        print(count)
    """
    counts = []
    for is_worn in (False, True):
        with new_board(tmp_path, watch) as board:
            if is_worn:
                board.keypad.wear("1")
            counts.append(_edges(board, "1"))
    assert counts[0] < counts[1] / 2
