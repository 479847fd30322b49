# SPDX-License-Identifier: MIT
"""L2: the LED's patterns are told apart by rhythm as well as colour."""

import pytest

from tools.emulator.clock import Clock
from tools.emulator.led import PINS, Led, colour_name

RED, GREEN, YELLOW, DARK = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.6, 0.0), (0.0, 0.0, 0.0)
Steps = list[tuple[tuple[float, float, float], int]]


def played(steps: Steps, seconds: int = 9) -> Led:
    clock = Clock()
    led = Led(clock)
    while clock.now_us < seconds * 1_000_000:
        for colour, ms in steps:
            for pin, part in zip(PINS, colour, strict=True):
                led.set(pin, int(part * 30_000))
                clock.advance_to(clock.now_us + 30)
            clock.advance_to(clock.now_us + ms * 1000)
    return led


@pytest.mark.parametrize(
    ("steps", "pattern"),
    [
        ([(DARK, 500)], "off"),
        ([(GREEN, 500)], "steady green"),
        ([(RED, 1000)], "steady red"),
        ([(YELLOW, 1000)], "steady yellow"),
        ([(YELLOW, 500), (DARK, 500)], "blink yellow"),
        ([(YELLOW, 100), (DARK, 1400)], "blink yellow"),
        ([(RED, 150), (DARK, 150), (RED, 150), (DARK, 850)], "double red"),
        ([(RED, 120), (DARK, 120), (RED, 120), (DARK, 1500)], "double red"),
        ([(GREEN, 400), (RED, 400)], "alternating green red"),
        ([(GREEN, 300), (RED, 300), (YELLOW, 300)], "mixed"),
    ],
)
def test_patterns(steps: Steps, pattern: str) -> None:
    assert played(steps).pattern() == pattern


def test_what_was_before_is_forgotten_after_two_seconds() -> None:
    led = played([(GREEN, 400), (RED, 400)], seconds=4)
    clock = led._clock
    for pin, duty in zip(PINS, (0, 60_000, 0), strict=True):
        led.set(pin, duty)
    clock.advance_to(clock.now_us + 2_100_000)
    assert led.pattern() == "steady green"


@pytest.mark.parametrize(
    ("colour", "name"),
    [((0.01, 0.0, 0.0), "off"), ((0.05, 0.0, 0.0), "red"), ((0.5, 0.3, 0.0), "yellow"), ((0.3, 0.3, 0.3), "white")],
)
def test_colour_names(colour: tuple[float, float, float], name: str) -> None:
    assert colour_name(colour) == name
