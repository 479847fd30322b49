# SPDX-License-Identifier: MIT
"""Builds the drivers of a board profile: the only file with pin numbers. A profile is data; what it leaves out the
board does not have.

Reference board: ESP32-DevKitC (WROOM), SSD1306 on I2C, 4x4 matrix, RGB LED, power button on an RTC pin, battery
through a 1:2 divider on ADC1. Nothing sits on a strapping pin. On loan while the terminal is built.
"""

import machine
from micropython import const

from keypad import Keypad
from rgb_led import RgbLed
from ssd1306 import SSD1306

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

LAYOUT = "123A456B789C*0#D"

PROFILES: "dict[str, dict[str, Any]]" = {
    "reference": {
        "i2c": (22, 21, 400_000),  # SCL, SDA, Hz
        "display": 0x3C,
        "rows": (13, 14, 16, 17),
        "columns": (25, 26, 27, 32),
        "led": (18, 19, 23),
        "power": 33,
        "battery": 35,
        "divider": 2,
    },
    "headless": {},  # a bare module on the bench, driven over serial
}
_POWER = const("P")  # the power button among the keys
_PWM_HZ = const(1000)


def build(name: str) -> "tuple[SSD1306, Keypad, RgbLed, tuple[Any, ...]]":
    """Display, keypad, LED and what firmware.power needs; an unknown name is the reference board."""
    wiring = PROFILES.get(name, PROFILES["reference"])
    if not wiring:
        import headless

        return headless.build(LAYOUT)
    pin = machine.Pin
    power = pin(wiring["power"], pin.IN, pin.PULL_UP)
    scl, sda, hertz = wiring["i2c"]
    display = SSD1306(machine.I2C(0, scl=pin(scl), sda=pin(sda), freq=hertz), wiring["display"])
    keypad = Keypad(
        [pin(n, pin.OPEN_DRAIN, value=1) for n in wiring["rows"]],
        [pin(n, pin.IN, pin.PULL_UP) for n in wiring["columns"]],
        LAYOUT + _POWER,
        power,
    )
    led = RgbLed(*[machine.PWM(pin(n), freq=_PWM_HZ, duty_u16=0) for n in wiring["led"]])
    adc = machine.ADC(pin(wiring["battery"]), atten=machine.ADC.ATTN_11DB)
    return display, keypad, led, (adc, wiring["divider"], power, (scl, sda))
