# SPDX-License-Identifier: MIT
"""Facts about the ESP32's pins and the headers of the ESP32-DevKitC V4, and what they forbid a board.

Sources: Espressif's data sheet of the ESP32 (strapping, input-only, RTC and ADC pins; ADC accuracy at 11 dB) and its
guide of the ESP32-DevKitC V4 (header blocks J2 and J3, from the antenna down).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from tools.wiring.profile import Profile, Role, Use

_HEADERS: Final = """
3V3 EN VP VN 34 35 32 33 25 26 27 14 12 GND 13 D2 D3 CMD 5V
GND 23 22 TX RX 21 GND 19 18 5 17 16 4 0 2 15 D1 D0 CLK
"""
LEFT, RIGHT = (line.split() for line in _HEADERS.strip().splitlines())
_NAMED: Final = {36: "VP", 39: "VN", 1: "TX", 3: "RX", 9: "D2", 10: "D3", 11: "CMD", 8: "D1", 7: "D0", 6: "CLK"}
STRAPPING: Final = {0, 2, 5, 12, 15}
FLASH: Final = {6, 7, 8, 9, 10, 11}
CONSOLE: Final = {1, 3}
INPUT_ONLY: Final = {34, 35, 36, 37, 38, 39}  # and without pulls
RTC: Final = {0, 2, 4, 12, 13, 14, 15, 25, 26, 27, 32, 33, 34, 35, 36, 37, 38, 39}
ADC1: Final = {32, 33, 34, 35, 36, 37, 38, 39}
PSRAM: Final = {16, 17}  # free on WROOM modules only
_PULLED: Final = {Role.COLUMN, Role.WAKE, Role.BUS}
_DRIVEN: Final = {Role.BUS, Role.ROW, Role.PWM}
ADC_V: Final = (0.15, 2.45)  # where the ADC is accurate at 11 dB
CELL_V: Final = (3.0, 4.2)  # a LiPo cell, empty and full
_ADDRESSES: Final = {0x3C, 0x3D}
_BUS_HZ: Final = 400_000


def label(pin: int) -> str:
    """The name beside the header."""
    return _NAMED.get(pin, str(pin))


def place(pin: int) -> tuple[str, int]:
    """("left" or "right", number from the antenna down, 0 first); KeyError when no header has the pin."""
    name = label(pin)
    for side, names in (("left", LEFT), ("right", RIGHT)):
        if name in names:
            return side, names.index(name)
    raise KeyError(pin)


def _pin_offences(use: Use) -> Iterator[str]:
    forbidden = [(STRAPPING, "a strapping pin"), (FLASH, "a pin of the flash"), (CONSOLE, "a pin of the console")]
    yield from (f"is {words}" for pins, words in forbidden if use.pin in pins)
    if use.pin not in FLASH and label(use.pin) not in LEFT + RIGHT:
        yield "is on no header"
    if use.pin in INPUT_ONLY and use.role in _DRIVEN:
        yield "can only be an input"
    if use.pin in INPUT_ONLY and use.role in _PULLED:
        yield "has no pull-up"
    if use.role is Role.WAKE and use.pin not in RTC:
        yield "is no RTC pin and cannot wake the chip"
    if use.role is Role.ANALOG and use.pin not in ADC1:
        yield "is not on ADC1, and ADC2 does not work beside Wi-Fi"


def _shape_offences(profile: Profile) -> Iterator[str]:
    if len(profile.rows) * len(profile.columns) not in (0, len(profile.layout)):
        yield f"{len(profile.rows)} rows and {len(profile.columns)} columns for {len(profile.layout)} keys"
    if len(profile.led) not in (0, 3):
        yield f"an LED with {len(profile.led)} colours"
    if profile.i2c is not None and profile.i2c[2] > _BUS_HZ:
        yield f"an I2C bus at {profile.i2c[2]} Hz, the panel takes {_BUS_HZ}"
    if profile.display is not None and profile.display not in _ADDRESSES:
        yield f"a display at 0x{profile.display:02X}"
    if profile.battery is not None:
        low, high = (volts / profile.divider for volts in CELL_V)
        if low < ADC_V[0] or high > ADC_V[1]:
            yield f"{low:.2f} to {high:.2f} V at the ADC, which is accurate from {ADC_V[0]} to {ADC_V[1]} V"


def offences(profile: Profile) -> list[str]:
    """What the chip does not allow or the parts do not take; empty for a sound board."""
    found = [f"pin {use.pin} ({use.net}) {words}" for use in profile.uses for words in _pin_offences(use)]
    counts = Counter(use.pin for use in profile.uses)
    found += [f"pin {pin} is used {count} times" for pin, count in counts.items() if count > 1]
    return found + list(_shape_offences(profile))
