# SPDX-License-Identifier: MIT
"""Owns the chip's GPIO pads and the wires between them: levels follow from drivers, pulls and closed switches.

A wire is the set of pads that closed switches join.  A strong low beats everything (open drain), then a strong high,
then pulls; a wire that nothing holds floats and reads at random.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

IN, OUT, OPEN_DRAIN = 1, 3, 7
PULL_DOWN, PULL_UP = 1, 2
RISING, FALLING = 1, 2
GROUND = -1
_BITS = 28
_COUNT = 40
_KEEP = 0xF


@dataclass(slots=True)
class Pad:
    """One GPIO's configuration."""

    mode: int = 0
    pull: int = 0
    out: int = 0
    trigger: int = 0
    is_pwm: bool = False  # what comes out is the channel's
    has_channel: bool = False
    hold: bool = False

    def drive(self) -> int | None:
        """0 or 1 when the pad drives its wire."""
        if self.mode == OPEN_DRAIN:
            return None if self.out else 0
        return self.out if self.mode & 2 else None


class Pins:
    """All pads; `on_interrupt(pin)` is called for each edge that a pad's trigger asks for."""

    def __init__(self, seed: int, on_interrupt: Callable[[int], None]) -> None:
        self.pads = [Pad() for _ in range(_COUNT)]
        self._random = random.Random(seed)
        self._on_interrupt = on_interrupt
        self._switches: set[tuple[int, int]] = set()
        self._watched: dict[int, int] = {}
        self.conflicts = 0

    def reset(self) -> None:
        """What any reset of the chip does to its pads (held pads keep their state in deep sleep only)."""
        self.pads = [Pad() for _ in range(_COUNT)]
        self._watched.clear()

    def soft_reset(self) -> None:
        """What the port's soft reset does: no interrupts, no modulation; else the pads stay as they are."""
        for pad in self.pads:
            pad.trigger = 0
            if pad.is_pwm:
                pad.mode, pad.out = OUT, 0
            pad.is_pwm = pad.has_channel = False
        self._watched.clear()

    def close(self, a: int, b: int) -> None:
        """Close the switch between two pads, or a pad and GROUND."""
        self._switches.add((a, b))
        self._edges()

    def open(self, a: int, b: int) -> None:
        self._switches.discard((a, b))
        self._edges()

    def is_closed(self, a: int, b: int) -> bool:
        return (a, b) in self._switches

    def configure(self, pin: int, settings: int) -> None:
        """Pin.init: mode, pull, value, hold packed as modules/machine.py does."""
        pad = self.pads[pin]
        value = settings >> 8 & 3
        if value != 2:
            pad.out = value
        if settings & _KEEP != _KEEP:
            pad.mode = settings & _KEEP
            pad.is_pwm = False
        if settings >> 4 & _KEEP != _KEEP:
            pad.pull = settings >> 4 & _KEEP if pin < 34 else 0
        if settings >> 10 & 3 != 2:
            pad.hold = bool(settings >> 10 & 3)
        self._edges()

    def write(self, pin: int, value: int) -> None:
        pad = self.pads[pin]
        pad.out = 1 - pad.out if value == 2 else value
        self._edges()

    def set_trigger(self, pin: int, trigger: int) -> None:
        self.pads[pin].trigger = trigger
        if trigger:
            self._watched[pin] = self.level(pin)
        else:
            self._watched.pop(pin, None)

    def level(self, pin: int) -> int:
        """What reading the pad gives now."""
        wire = self._wire(pin)
        drives = {0} if GROUND in wire else set()
        pulls = 0
        for member in wire:
            if member == GROUND:
                continue
            pad = self.pads[member]
            if (drive := pad.drive()) is not None:
                drives.add(drive)
            pulls |= pad.pull
        if len(drives) == 2:
            self.conflicts += 1
        if drives:
            return min(drives)
        if pulls:
            return 1 if pulls & PULL_UP else 0
        return self._random.randrange(2)

    def levels(self, first: int) -> int:
        """28 pads from `first` on as bits; one that is no input reads as its latch."""
        joined = {pin for switch in self._switches for pin in switch}
        bits = 0
        for pin in range(first, min(first + _BITS, _COUNT)):
            pad = self.pads[pin]
            if not pad.mode & IN:
                level = pad.out
            elif pin not in joined and (pad.mode & 2 or pad.pull):  # the pad alone decides
                drive = pad.drive()
                level = pad.pull & PULL_UP if drive is None else drive
            else:
                level = self.level(pin)
            bits |= bool(level) << pin - first
        return bits

    def _wire(self, pin: int) -> Iterable[int]:
        wire = {pin}
        if not self._switches:
            return wire
        size = 0
        while size < len(wire):
            size = len(wire)
            for a, b in self._switches:
                if a in wire or b in wire:  # GROUND has one switch, so nothing is joined through it
                    wire |= {a, b}
        return wire

    def _edges(self) -> None:
        for pin, before in self._watched.items():
            now = self.level(pin)
            if now != before:
                self._watched[pin] = now
                if self.pads[pin].trigger & (RISING if now else FALLING):
                    self._on_interrupt(pin)
