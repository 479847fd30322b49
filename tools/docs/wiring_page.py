# SPDX-License-Identifier: MIT
"""The pin tables of the README and the parts list of docs/parts.md, from the profiles of firmware/board.py."""

from typing import Final

from tools.docs.page import table
from tools.wiring import chip, parts, profile
from tools.wiring.profile import Profile, Role, Use

_WORDS: Final = {
    Role.BUS: ("OLED", "I2C bus, with the module's pull-ups"),
    Role.ROW: ("keypad", "open drain"),
    Role.COLUMN: ("keypad", "input with the chip's pull-up"),
    Role.PWM: ("LED", "PWM, through its resistor to the anode"),
    Role.WAKE: ("power button to GND", "input with the chip's pull-up; RTC pin, wakes by ext0"),
    Role.ANALOG: ("battery", "ADC1, through the divider"),
}


def _row(use: Use) -> tuple[str, str, str, str]:
    side, number = chip.place(use.pin)
    part, kind = _WORDS[use.role]
    wire = part if use.role in (Role.WAKE, Role.ANALOG) else f"{part} {use.net}"
    return wire, str(use.pin), f"{side}, {number + 1}", kind


def _pins(board: Profile) -> str:
    rows = [_row(use) for use in board.uses]
    head = f"Profile `{board.name}`"
    if not rows:
        return f"{head}: nothing but the module and its USB cable."
    return f"{head}:\n\n{table(('Wire', 'GPIO', 'Header, from the antenna', 'What the pin is'), rows)}"


def _keys(board: Profile) -> str:
    return ", ".join(f"`{' '.join(keys)}`" for keys in board.keypad)


def _list(board: Profile) -> str:
    rows = [
        (part.marks.replace(" ", ", "), part.name, part.value, str(part.quantity), part.why)
        for part in parts.parts(board)
    ]
    return f"## Profile `{board.name}`\n\n{table(('Mark', 'Part', 'Value', 'Quantity', 'Why'), rows)}"


def pins() -> dict[str, str]:
    """For the README."""
    boards = list(profile.load().values())
    tables = "\n\n".join(_pins(board) for board in boards)
    return {"pins": f"{tables}\n\nKeys row by row: {_keys(boards[0])}."}


def lists() -> dict[str, str]:
    """For docs/parts.md."""
    return {"parts": "\n\n".join(_list(board) for board in profile.load().values())}
