# SPDX-License-Identifier: MIT
"""The chip's analogue inputs as calibrated by ESP-IDF (adc_cali_line_fitting.c of the ESP32, nominal reference).

A reading is in whole millivolts, never below the offset of its attenuation nor above what the converter reaches.
"""

from __future__ import annotations

import errno
import random

from tools.emulator.battery import Battery

BATTERY_PIN = 35
_SECOND = (0, 2, 4, 12, 13, 14, 15, 25, 26, 27)  # pins of ADC2, which the radio takes for itself
_LOWEST_MV = (75, 78, 107, 142)  # by attenuation: 0, 2.5, 6, 11 dB
_HIGHEST_MV = (1039, 1357, 1877, 3134)
_RAW = 4095
_RAW_WANTED = 4


class Adc:
    def __init__(self, battery: Battery, random_: random.Random) -> None:
        self._battery, self._random = battery, random_

    def read(self, pin: int, settings: int, has_radio: bool) -> int:
        """Microvolts, or of 4095 where the bit for it is set beside the attenuation; -errno."""
        if pin in _SECOND and has_radio:
            return -errno.ETIMEDOUT
        volts_mv = self._battery.read_mv() if pin == BATTERY_PIN else self._random.uniform(0, 300)
        lowest, highest = _LOWEST_MV[settings & 3], _HIGHEST_MV[settings & 3]
        reading = min(max(round(volts_mv), lowest), highest)
        return (reading - lowest) * _RAW // (highest - lowest) if settings & _RAW_WANTED else reading * 1000
