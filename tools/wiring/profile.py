# SPDX-License-Identifier: MIT
"""The board profiles of firmware/board.py, read as the table that they are: no MicroPython is needed for it.

A profile may lack what its board does not have.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final, NamedTuple

BOARD: Final = Path(__file__).parents[2] / "firmware" / "board.py"
_KNOWN: Final = {"i2c", "display", "rows", "columns", "led", "power", "battery", "divider"}


class Role(Enum):
    """What a pin has to be able to do."""

    BUS = auto()  # open drain with a pull
    ROW = auto()  # open drain
    COLUMN = auto()  # input with the chip's own pull-up
    PWM = auto()
    WAKE = auto()  # input with the chip's own pull-up, ends deep sleep
    ANALOG = auto()


class Use(NamedTuple):
    """One pin: `net` is the name of the wire, such as "row 1"."""

    pin: int
    net: str
    role: Role


class ProfileError(Exception):
    """The table cannot be read, or a profile is not one."""


@dataclass(frozen=True)
class Profile:
    """One board; None or nothing where it has no such part."""

    name: str
    i2c: tuple[int, int, int] | None  # SCL, SDA, Hz
    display: int | None  # address on the bus
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    led: tuple[int, ...]  # red, green, blue
    power: int | None
    battery: int | None
    divider: int
    layout: str

    @property
    def uses(self) -> list[Use]:
        """Every pin with what it is for, in the order of the tables."""
        return list(self._uses())

    def _uses(self) -> Iterator[Use]:
        if self.i2c is not None and self.display is not None:
            yield from (Use(pin, net, Role.BUS) for pin, net in zip(self.i2c[:2], ("SCL", "SDA"), strict=True))
        yield from (Use(pin, f"row {number}", Role.ROW) for number, pin in enumerate(self.rows, 1))
        yield from (Use(pin, f"column {number}", Role.COLUMN) for number, pin in enumerate(self.columns, 1))
        yield from (Use(pin, net, Role.PWM) for pin, net in zip(self.led, ("red", "green", "blue"), strict=False))
        if self.power is not None:
            yield Use(self.power, "power button", Role.WAKE)
        if self.battery is not None:
            yield Use(self.battery, "battery", Role.ANALOG)

    @property
    def keypad(self) -> list[str]:
        """The keys of each row."""
        step = len(self.columns)
        return [self.layout[start : start + step] for start in range(0, len(self.layout), step)] if step else []


def _constants(source: str) -> dict[str, Any]:
    """The plain values that the module gives to names at its top."""
    found = {}
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None:
            try:
                found[target.id] = ast.literal_eval(value)
            except ValueError:
                continue
    return found


def _profile(name: str, table: dict[str, Any], layout: str) -> Profile:
    if unknown := table.keys() - _KNOWN:
        raise ProfileError(f"profile {name!r} has unknown entries: {', '.join(sorted(unknown))}")
    return Profile(
        name,
        i2c=table.get("i2c"),
        display=table.get("display"),
        rows=tuple(table.get("rows") or ()),
        columns=tuple(table.get("columns") or ()),
        led=tuple(table.get("led") or ()),
        power=table.get("power"),
        battery=table.get("battery"),
        divider=table.get("divider") or 1,
        layout=layout,
    )


def load(path: Path = BOARD) -> dict[str, Profile]:
    """The profiles by name, the reference board first."""
    constants = _constants(path.read_text(encoding="utf-8"))
    try:
        tables, layout = constants["PROFILES"], constants["LAYOUT"]
    except KeyError as fault:
        raise ProfileError(f"{path.name} has no plain table {fault}") from None
    return {name: _profile(name, table, layout) for name, table in tables.items()}
