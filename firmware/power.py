# SPDX-License-Identifier: MIT
"""What the terminal runs on and is switched with: battery, power button, and the pins to let go of before sleep."""

import machine
from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from ssd1306 import SSD1306

_SAMPLES = const(8)
_LOW_MV = const(3500)  # below: no sign-in, no settlement
_FULL_MV = const(4150)
_NOISE_MV = const(30)


def _level(millivolts: int) -> int:
    return min(3, max(0, (millivolts - _LOW_MV) * 4 // (_FULL_MV - _LOW_MV)))


class Power:
    """`adc` sees the cell through a divider; `button` is low while pressed; `bus_pins` are the panel's."""

    low_mv = _LOW_MV

    def __init__(self, adc: machine.ADC, divider: int, button: machine.Pin, bus_pins: "tuple[int, ...]") -> None:
        self._adc = adc
        self._divider = divider
        self._level = -1
        self.button = button
        self._bus_pins = bus_pins

    def level(self, millivolts: int) -> int:
        """0 empty .. 3 full; noise near a border does not change it."""
        if not _level(millivolts - _NOISE_MV) <= self._level <= _level(millivolts + _NOISE_MV):
            self._level = _level(millivolts)
        return self._level

    def millivolts(self) -> int:
        """Mean of a few samples, mV at the cell."""
        total = 0
        for _ in range(_SAMPLES):
            total += self._adc.read_uv()
        return total * self._divider // (_SAMPLES * 1000)

    def release(self, display: "SSD1306") -> None:
        """Before deep sleep: panel dark, bus pins to inputs, or the panel leaks milliamperes through them."""
        try:
            display.power(False)
        except OSError:
            pass  # a dead panel must not keep the terminal awake
        for number in self._bus_pins:
            machine.Pin(number, machine.Pin.IN)
