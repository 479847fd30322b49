# SPDX-License-Identifier: MIT
"""Pads, wires and fingers: open drain, pulls, bounce, ghosts, interrupts."""

import pytest

from tools.emulator import Board
from tools.emulator.keypad import COLUMNS, LAYOUT, ROWS
from tools.emulator.pins import IN, OPEN_DRAIN, OUT, PULL_UP, Pins

from .conftest import MakeBoard, run


@pytest.fixture
def pins() -> Pins:
    made = Pins(1, lambda pin: None)
    for row in ROWS:
        made.configure(row, OPEN_DRAIN | 0xF0 | 1 << 8 | 2 << 10)
    for column in COLUMNS:
        made.configure(column, IN | PULL_UP << 4 | 2 << 8 | 2 << 10)
    return made


def close(pins: Pins, *keys: str) -> None:
    for key in keys:
        place = LAYOUT.index(key)
        pins.close(ROWS[place // 4], COLUMNS[place % 4])


def scan(pins: Pins) -> str:
    found = ""
    for number, row in enumerate(ROWS):
        pins.write(row, 0)
        found += "".join(LAYOUT[number * 4 + i] for i, column in enumerate(COLUMNS) if not pins.level(column))
        pins.write(row, 1)
    return found


@pytest.mark.parametrize("key", LAYOUT)
def test_each_key_is_at_its_place(pins: Pins, key: str) -> None:
    close(pins, key)
    assert scan(pins) == key


def test_two_keys_are_told_apart_and_three_make_a_ghost(pins: Pins) -> None:
    close(pins, "1", "2")
    assert scan(pins) == "12"
    close(pins, "4")
    assert scan(pins) == "1245"  # 5 is not pressed: the matrix has no diodes


def test_rows_in_one_column_pull_each_other_low(pins: Pins) -> None:
    close(pins, "1", "4")
    pins.write(ROWS[0], 0)
    assert [pins.level(row) for row in ROWS[:2]] == [0, 0]


def test_push_pull_rows_fight_and_are_counted(pins: Pins) -> None:
    for row in ROWS:
        pins.configure(row, OUT | 0xF0 | 1 << 8 | 2 << 10)
    close(pins, "1", "4")
    assert pins.conflicts == 0
    pins.write(ROWS[0], 0)
    pins.level(COLUMNS[0])
    assert pins.conflicts == 1


def test_a_pad_without_pull_floats_and_34_to_39_have_none(pins: Pins) -> None:
    pins.configure(35, IN | PULL_UP << 4 | 2 << 8 | 2 << 10)
    assert {pins.level(35) for _ in range(50)} == {0, 1}


WATCHER = """
    import time
    from machine import Pin
    rows = [Pin(n, Pin.OPEN_DRAIN, value=0) for n in (13, 14, 16, 17)]
    edges = []
    def note(pin):
        edges.append(pin)
    columns = [Pin(n, Pin.IN, Pin.PULL_UP) for n in (25, 26, 27, 32)]
    for column in columns:
        column.irq(note, Pin.IRQ_FALLING)
    while True:
        time.sleep_ms(50)
        if edges:
            print(len(edges), edges[0], time.ticks_ms())
            edges.clear()
"""


def test_pressing_bounces_and_interrupts(make_board: MakeBoard) -> None:
    board = make_board(main=WATCHER)
    board.power_on()
    board.run(1000)
    board.keypad.press("6")
    board.run(100)
    lines = board.serial.decode().splitlines()
    assert [line.split()[1] for line in lines] == ["Pin(27)"] * len(lines)
    assert sum(int(line.split()[0]) for line in lines) > 3  # one press, several edges
    board.keypad.bounces = 0
    before = len(board.serial)
    board.keypad.press("MENU")
    board.run(100)
    assert [line.split()[:2] for line in board.serial[before:].decode().splitlines()] == [["1", "Pin(32)"]]


def test_hold_and_release(board: Board) -> None:
    board.keypad.hold("C")
    board.run(20)
    assert board.pins.is_closed(ROWS[2], COLUMNS[3])
    board.keypad.release()
    board.run(20)
    assert not board.pins.is_closed(ROWS[2], COLUMNS[3])


def test_pin_errors_are_the_ports(board: Board) -> None:
    output = run(
        board,
        """
            from machine import Pin
            for number, mode in ((24, Pin.IN), (40, Pin.IN), (35, Pin.OUT)):
                try: Pin(number, mode)
                except ValueError as e: print(e)
            print(isinstance(Pin(4), Pin), Pin(Pin(4)), Pin.OPEN_DRAIN, Pin(4, Pin.OUT, value=1).value(), Pin(4)())
        """,
    )
    assert output.splitlines() == ["invalid pin", "invalid pin", "pin can only be input", "True Pin(4) 7 1 1"]
