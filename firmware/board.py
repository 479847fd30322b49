# SPDX-License-Identifier: MIT
"""Builds the drivers of a board profile: the only file with pin numbers. A profile is data.

Reference board: ESP32-DevKitC (WROOM), SSD1306 on I2C, 4x4 matrix, RGB LED, power button on an RTC pin, battery
through a 1:2 divider on ADC1. Nothing sits on a strapping pin.
"""

import machine
from micropython import const

from keypad import Keypad
from rgb_led import RgbLed
from ssd1306 import SSD1306

LAYOUT = "123A456B789C*0#D"

PROFILES = {
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
}
_PWM_HZ = const(1000)
_BATTERY_SAMPLES = const(8)
_LOW_MV = const(3500)  # below: no sign-in, no settlement
_FULL_MV = const(4150)


class Battery:
    """A lithium cell seen through a divider."""

    def __init__(self, pin: int, divider: int) -> None:
        self._adc = machine.ADC(machine.Pin(pin), atten=machine.ADC.ATTN_11DB)
        self._divider = divider

    low_mv = _LOW_MV

    def level(self, millivolts: int) -> int:
        """0 empty .. 3 full."""
        return min(3, max(0, (millivolts - _LOW_MV) * 4 // (_FULL_MV - _LOW_MV)))

    def millivolts(self) -> int:
        """Mean of a few samples, mV at the cell."""
        total = 0
        for _ in range(_BATTERY_SAMPLES):
            total += self._adc.read_uv()
        return total * self._divider // (_BATTERY_SAMPLES * 1000)


class Board:
    """The drivers of one profile."""

    def __init__(self, name: str) -> None:
        wiring = PROFILES.get(name) or PROFILES["reference"]
        scl, sda, hertz = wiring["i2c"]
        self._bus_pins = (scl, sda)
        bus = machine.I2C(0, scl=machine.Pin(scl), sda=machine.Pin(sda), freq=hertz)
        self.display = SSD1306(bus, wiring["display"])
        pin = machine.Pin
        self.keypad = Keypad(
            [pin(n, pin.OPEN_DRAIN, value=1) for n in wiring["rows"]],
            [pin(n, pin.IN, pin.PULL_UP) for n in wiring["columns"]],
            LAYOUT,
        )
        self.led = RgbLed(*[machine.PWM(pin(n), freq=_PWM_HZ, duty_u16=0) for n in wiring["led"]])
        self.power = pin(wiring["power"], pin.IN, pin.PULL_UP)
        self.battery = Battery(wiring["battery"], wiring["divider"])

    def release(self) -> None:
        """Before deep sleep: panel dark, bus pins to inputs, or the panel leaks milliamperes through them."""
        try:
            self.display.power(False)
        except OSError:
            pass  # a dead panel must not keep the terminal awake
        for number in self._bus_pins:
            machine.Pin(number, machine.Pin.IN)
