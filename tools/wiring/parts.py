# SPDX-License-Identifier: MIT
"""The parts of a board: marks, values, quantities and why. The drawing and docs/parts.md take them from here."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from tools.wiring.chip import ADC_V, CELL_V
from tools.wiring.profile import Profile

SUPPLY_V: Final = 3.3
DIVIDER_OHM: Final = 100_000  # from the ADC's pin to ground
_FORWARD_V: Final = {"red": 2.0, "green": 3.0, "blue": 3.0}
_SERIES_OHM: Final = {"red": 220, "green": 68, "blue": 68}
LED_MA: Final = (2.0, 12.0)  # what can be seen, and what a pin should give


class Part(NamedTuple):
    """`marks` as in the drawing, joined by spaces."""

    marks: str
    name: str
    value: str
    quantity: int
    why: str


def ohms(value: int) -> str:
    return f"{value // 1000} kΩ" if value >= 1000 else f"{value} Ω"


def series_ohm(colour: str) -> int:
    return _SERIES_OHM[colour]


def led_ma(colour: str) -> float:
    """Current through one colour at full brightness."""
    return (SUPPLY_V - _FORWARD_V[colour]) / _SERIES_OHM[colour] * 1000


def upper_ohm(profile: Profile) -> int:
    """Of the battery's divider: from the cell to the ADC's pin."""
    return DIVIDER_OHM * (profile.divider - 1)


def _led_parts() -> Iterator[Part]:
    yield Part("D1", "RGB LED", "5 mm, common cathode", 1, "the status: green ready, red locked, yellow maintenance")
    red, green = (f"{led_ma(colour):.0f} mA" for colour in ("red", "green"))
    yield Part("R1", "Resistor", ohms(series_ohm("red")), 1, f"in series with red: {red} at {_FORWARD_V['red']} V")
    why = f"in series with green and blue: {green} at {_FORWARD_V['green']} V"
    yield Part("R2 R3", "Resistor", ohms(series_ohm("green")), 2, why)


def _battery_parts(profile: Profile) -> Iterator[Part]:
    yield Part("BT1", "LiPo cell", "3.7 V, 1000 mAh or more", 1, "with a plug; a working day at the counter")
    yield Part(
        "U2", "Charger", "1 cell, with protection", 1, "charges at 4.2 V; cuts the cell off when empty or shorted"
    )
    yield Part("S1", "Slide switch", "1 A", 1, "takes the battery away; must be off while USB is plugged in")
    yield Part(
        "U3", "Boost converter", "5 V, 1 A", 1, "the cell's 3.0 to 4.2 V to the 5V pin; the Wi-Fi draws 0.5 A bursts"
    )
    yield Part("C2", "Electrolytic capacitor", "100 µF, 10 V", 1, "at the 5V pin, for these bursts")
    low, high = (volts / profile.divider for volts in CELL_V)
    current = CELL_V[1] / (DIVIDER_OHM * profile.divider) * 1e6
    why = f"divider: {CELL_V[0]} to {CELL_V[1]} V become {low:.2f} to {high:.2f} V; the ADC is accurate from "
    yield Part(
        "R4 R5",
        "Resistor 1 %",
        ohms(DIVIDER_OHM) if profile.divider == 2 else f"{ohms(upper_ohm(profile))} and {ohms(DIVIDER_OHM)}",
        2,
        f"{why}{ADC_V[0]} to {ADC_V[1]} V (11 dB), and the divider takes only {current:.0f} µA",
    )
    yield Part(
        "C1",
        "Ceramic capacitor",
        "100 nF",
        1,
        "at the ADC's pin: feeds its sampling, which the divider is too weak for",
    )


def parts(profile: Profile) -> list[Part]:
    """Everything to buy, in the order of the drawing."""
    why = "the computer; a WROVER module keeps 16 and 17 for itself"
    found = [Part("U1", "ESP32-DevKitC V4", "ESP32-WROOM-32E, 4 MB", 1, why)]
    if profile.display is not None:
        why = "the panel; its board has the pull-ups of the bus (else 4.7 kΩ from SCL and SDA to 3V3)"
        found.append(Part("DS1", "OLED module", f"SSD1306, 128x64, I2C 0x{profile.display:02X}, 3.3 V", 1, why))
    if profile.rows:
        size = f"{len(profile.rows)}x{len(profile.columns)}"
        why = "no diodes, no resistors: rows are open-drain, columns have the chip's own pull-ups"
        found.append(Part("K1", "Matrix keypad", size, 1, why))
    if profile.led:
        found += _led_parts()
    if profile.power is not None:
        found.append(Part("S2", "Push button", "normally open", 1, "power: to ground, wakes the chip from deep sleep"))
    if profile.battery is not None:
        found += _battery_parts(profile)
    return found
