# SPDX-License-Identifier: MIT
"""Owns the cell: what it gives under load, and how it empties.

As made it is ideal: `volts` whatever is drawn, and never empty.  `ohms` makes it sag under load, `drain()` lets what
the board draws empty it.  Currents are typical figures of the parts' data sheets, in mA at the cell.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from tools.emulator.clock import Clock
from tools.emulator.power import BrownOut

if TYPE_CHECKING:
    from tools.emulator.board import Board

# Open-circuit volts by charge, of a lithium-ion cell at room temperature.
_CURVE = (
    (0.0, 3.0),
    (0.02, 3.3),
    (0.05, 3.5),
    (0.1, 3.65),
    (0.2, 3.72),
    (0.3, 3.76),
    (0.5, 3.83),
    (0.7, 3.94),
    (0.9, 4.08),
    (1.0, 4.2),
)
_TICK_US = 1_000_000
_HOUR_US = 3_600_000_000
_AWAKE_MA, _ASLEEP_MA = 35.0, 0.15  # with the module's regulator
_SEARCHING_MA = 95.0
_LINKED_MA = (90.0, 22.0, 12.0)  # by power save: none, minimum, maximum
_PANEL_MA, _ALL_PIXELS_MA = 0.8, 25.0
_LED_MA = 12.0  # one colour, fully lit
RADIO_START_MA = 420.0  # calibration of the radio, a few milliseconds
SEND_MA = 260.0


def draw_ma(board: Board) -> float:
    """What the board takes now."""
    if board.state == "off":
        return 0.0
    if board.state == "deepsleep":
        chip = _ASLEEP_MA
    else:
        chip = _AWAKE_MA + _LED_MA * sum(board.led.colour)
        if board.wifi.is_started:
            chip += _LINKED_MA[board.wifi.power_save] if board.wifi.is_connected else _SEARCHING_MA
    panel = board.panel
    if panel.is_lit:
        lit = 8192 if panel.is_all_on else int.from_bytes(panel.ram, "big").bit_count()
        chip += _PANEL_MA + _ALL_PIXELS_MA * lit / 8192 * panel.contrast / 255
    return chip


def open_circuit_volts(charge: float) -> float:
    """Of the cell at rest; `charge` from 0 to 1."""
    for (low, low_volts), (high, high_volts) in zip(_CURVE, _CURVE[1:], strict=False):
        if charge <= high:
            return low_volts + (high_volts - low_volts) * max(0.0, charge - low) / (high - low)
    return _CURVE[-1][1]


class Battery:
    """`volts` at rest; `used_mah` since `drain()`; below `brown_out_volts` under load the chip's detector trips."""

    def __init__(
        self,
        seed: int,
        clock: Clock,
        draw: Callable[[], float],
        on_sag: Callable[[], None],
        on_empty: Callable[[], None],
    ) -> None:
        self.volts = 3.95
        self.ohms = 0.0  # of cell, leads and contacts
        self.noise_mv = 4.0
        self.brown_out_volts = 2.75  # 2.43 V at the chip, and what the regulator needs
        self.used_mah = 0.0
        self._capacity_mah = 0.0
        self._clock, self._draw, self._on_sag, self._on_empty = clock, draw, on_sag, on_empty
        self._random = random.Random(f"{seed}/adc")

    @property
    def current_ma(self) -> float:
        return self._draw()

    def under_load(self, extra_ma: float = 0.0) -> float:
        """Volts at the terminals while the board draws what it does, and `extra_ma` more."""
        return self.volts - self.ohms * (self._draw() + extra_ma) / 1000 if self.ohms else self.volts

    def carry(self, extra_ma: float) -> None:
        """A short load; raises BrownOut when the cell cannot carry it."""
        if self.under_load(extra_ma) < self.brown_out_volts:
            raise BrownOut

    def drain(self, capacity_mah: float, charge: float = 1.0) -> None:
        """From now on the board empties the cell: `volts` follows its charge, and at none the cell cuts itself off."""
        is_running = self._capacity_mah > 0
        self._capacity_mah = capacity_mah
        self.used_mah = capacity_mah * (1 - charge)
        self.volts = open_circuit_volts(charge)
        if not is_running:
            self._clock.after(_TICK_US, self._tick)

    @property
    def charge(self) -> float:
        """From 0 to 1, while draining."""
        return max(0.0, 1 - self.used_mah / self._capacity_mah) if self._capacity_mah else 1.0

    def _tick(self) -> None:
        self._clock.after(_TICK_US, self._tick)
        self.used_mah += self._draw() * _TICK_US / _HOUR_US
        self.volts = open_circuit_volts(self.charge)
        if not self.charge:
            self._on_empty()
        elif self.under_load() < self.brown_out_volts:
            self._on_sag()

    def read_mv(self) -> float:
        """At the divider of 1:2, with the noise of wires and converter."""
        return self.under_load() * 500 + self._random.gauss(0, self.noise_mv)
