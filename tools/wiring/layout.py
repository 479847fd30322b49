# SPDX-License-Identifier: MIT
"""Where things stand on the sheet: the board in the middle, its pins, and the lanes in which wires run beside it.

Wires that go down take lanes: the higher the pin, the farther out, so that those of one part never cross.
"""

from typing import Final

from tools.wiring import chip
from tools.wiring.profile import Profile, Role, Use
from tools.wiring.svg import Point

SHEET: Final = (1280, 960)
BOARD_AT: Final = (530, 84)
BOARD_SIZE: Final = (220, 512)
_EDGE: Final = {"left": 544, "right": 736}  # of the pins
_PIN_Y, _PIN_STEP = 148, 22
_LANE: Final = {"left": (522, -17), "right": (775, 17)}  # the inmost, and the way to the next
KEYPAD_AT: Final = (488, 676)
KEY_SIZE: Final = (54, 48)
KEY_GAP: Final = 7
KEYPAD_MARGIN: Final = 14
_CHANNEL_Y, _CHANNEL_STEP = 620, 12
PANEL_PINS: Final = {"GND": (960, 148), "VCC": (960, 170), "SCL": (960, 192), "SDA": (960, 214)}
LED_Y: Final = {"blue": 344, "green": 394, "red": 444}
LED_X: Final = 920
DIVIDER_X: Final = 318
BUTTON: Final = (230, 452)


def pin_at(pin: int) -> Point:
    side, number = chip.place(pin)
    return header_at(side, number)


def header_at(side: str, number: int) -> Point:
    return _EDGE[side], _PIN_Y + _PIN_STEP * number


def key_at(row: int, column: int) -> Point:
    """The upper left corner of a key, both counted from 0."""
    step_x, step_y = (size + KEY_GAP for size in KEY_SIZE)
    x, y = KEYPAD_AT
    return x + KEYPAD_MARGIN + column * step_x, y + KEYPAD_MARGIN + row * step_y


def keypad_size(profile: Profile) -> Point:
    """Of the keypad's outline."""
    counts = (len(profile.columns), len(profile.rows))
    wide, high = (
        count * (size + KEY_GAP) - KEY_GAP + 2 * KEYPAD_MARGIN for count, size in zip(counts, KEY_SIZE, strict=True)
    )
    return wide, high


def _lanes(uses: list[Use], side: str, first: int) -> dict[int, int]:
    """The x of each pin's lane: `first` is the number of the inmost one; lower pins are farther in."""
    start, step = _LANE[side]
    pins = sorted((use.pin for use in uses if chip.place(use.pin)[0] == side), key=lambda pin: -pin_at(pin)[1])
    return {pin: start + step * (first + number) for number, pin in enumerate(pins)}


def _bent(start: Point, lane: int, end: Point) -> list[Point]:
    """Out to the lane, along it, and on to the end."""
    return [start, (lane, start[1]), (lane, end[1]), end]


def _keypad_routes(profile: Profile) -> dict[int, list[Point]]:
    columns = [use for use in profile.uses if use.role is Role.COLUMN]
    rows = [use for use in profile.uses if use.role is Role.ROW]
    routes, channel = {}, 0
    for side in ("left", "right"):
        lanes = _lanes(columns, side, 0)
        for pin, lane in lanes.items():  # the inmost lane has the highest channel
            x = key_at(0, profile.columns.index(pin))[0] + KEY_SIZE[0] // 2
            y = _CHANNEL_Y + _CHANNEL_STEP * channel
            routes[pin] = [*_bent(pin_at(pin), lane, (x, y)), (x, KEYPAD_AT[1])]
            channel += 1
        edge = KEYPAD_AT[0] + (0 if side == "left" else keypad_size(profile)[0])
        for pin, lane in _lanes(rows, side, len(lanes)).items():
            y = key_at(profile.rows.index(pin), 0)[1] + KEY_SIZE[1] // 2
            routes[pin] = _bent(pin_at(pin), lane, (edge, y))
    return routes


def routes(profile: Profile) -> dict[int, list[Point]]:
    """The corners of each pin's wire, from the header to the part."""
    found = _keypad_routes(profile)
    left = sum(chip.place(pin)[0] == "left" for pin in found)  # lanes that the keypad takes
    led = [use for use in profile.uses if use.role is Role.PWM]
    lanes = {side: _lanes(led, side, 2 if side == "right" else left + 1) for side in ("left", "right")}
    for use in profile.uses:
        start = pin_at(use.pin)
        if use.role is Role.BUS:
            found[use.pin] = _bent(start, _LANE["right"][0] + 2 * _LANE["right"][1], PANEL_PINS[use.net])
        elif use.role is Role.PWM:
            found[use.pin] = _bent(start, {**lanes["left"], **lanes["right"]}[use.pin], (LED_X, LED_Y[use.net]))
        elif use.role is Role.ANALOG:
            found[use.pin] = [start, (DIVIDER_X, start[1])]
        elif use.role is Role.WAKE:
            lane = _LANE["left"][0] + _LANE["left"][1] * left
            found[use.pin] = _bent(start, lane, (BUTTON[0] + 48, BUTTON[1]))
    return found
