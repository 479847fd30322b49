# SPDX-License-Identifier: MIT
"""Owns the status LED: three PWM channels, their history, and what a person would call what they show."""

from __future__ import annotations

from tools.emulator.clock import Clock

PINS = (18, 19, 23)
Colour = tuple[float, float, float]
_DARK: Colour = (0.0, 0.0, 0.0)
_NAMES = {
    (0, 0, 0): "off",
    (1, 0, 0): "red",
    (0, 1, 0): "green",
    (0, 0, 1): "blue",
    (1, 1, 0): "yellow",
    (0, 1, 1): "cyan",
    (1, 0, 1): "magenta",
    (1, 1, 1): "white",
}
_LIT = 0.02
_SHARE = 0.22  # a channel counts when it is at least this part of the strongest
_WINDOW_MS = 4000
_STEADY_MS = 2000  # no rhythm holds a colour longer
_RHYTHM = 3  # segments that make one
_DOUBLE = 1.8  # the pause after a double blink against the gap within it
_FLICKER_US = 2000  # the three channels are not set at one instant


def colour_name(colour: Colour) -> str:
    """The nearest plain word."""
    strongest = max(colour)
    if strongest < _LIT:
        return "off"
    bits = tuple(int(part >= strongest * _SHARE) for part in colour)
    return _NAMES[(bits[0], bits[1], bits[2])]


def named_colour(name: str) -> Colour:
    """A colour at full brightness; dark for any other word."""
    red, green, blue = next((bits for bits, known in _NAMES.items() if known == name), (0, 0, 0))
    return float(red), float(green), float(blue)


class Led:
    """`colour` now, `history` since the start as (microsecond, colour)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.colour: Colour = _DARK
        self.history: list[tuple[int, Colour]] = [(0, _DARK)]

    def set(self, pin: int, duty: int) -> None:
        """PWM on one of the LED's pins, 0-65535."""
        if pin not in PINS:
            return
        parts = list(self.colour)
        parts[PINS.index(pin)] = duty / 65535
        self._show((parts[0], parts[1], parts[2]))

    def off(self) -> None:
        self._show(_DARK)

    def _show(self, colour: Colour) -> None:
        if colour == self.colour:
            return
        self.colour = colour
        now = self._clock.now_us
        if self.history[-1][0] == now:
            self.history.pop()
        self.history.append((now, colour))

    def segments(self, window_ms: int = _WINDOW_MS) -> list[tuple[str, int]]:
        """(colour name, ms) of what was shown lately, equal neighbours joined."""
        end = self._clock.now_us
        start = max(0, end - window_ms * 1000)
        joined: list[tuple[str, int]] = []
        for index, (at, colour) in enumerate(self.history):
            until = self.history[index + 1][0] if index + 1 < len(self.history) else end
            length = min(until, end) - max(at, start)
            if until <= start or length <= 0 or (length < _FLICKER_US and until < end):
                continue
            name = colour_name(colour)
            if joined and joined[-1][0] == name:
                joined[-1] = (name, joined[-1][1] + length)
            else:
                joined.append((name, length))
        return [(name, length // 1000) for name, length in joined] or [(colour_name(self.colour), 0)]

    def pattern(self, window_ms: int = _WINDOW_MS) -> str:
        """One of: off, steady C, blink C, double C, alternating C D, mixed."""
        segments = self.segments(window_ms)
        last, length = segments[-1]
        colours = sorted({name for name, _ in segments} - {"off"})
        if len(segments) < _RHYTHM or length >= _STEADY_MS:
            return "off" if last == "off" else f"steady {last}"
        if len(colours) == 2:
            return f"alternating {colours[0]} {colours[1]}"
        if len(colours) > 2:
            return "mixed"
        gaps = [gap for name, gap in segments[1:-1] if name == "off"]
        kind = "double" if gaps and max(gaps) >= _DOUBLE * min(gaps) else "blink"
        return f"{kind} {colours[0]}"
