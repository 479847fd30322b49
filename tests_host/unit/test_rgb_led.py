# SPDX-License-Identifier: MIT
"""lib/rgb_led on MicroPython with faked PWM channels and a virtual clock.

L2: the LED's states are told apart by rhythm, so the rhythm must be exact, start at once, and not stutter when the same
state is announced again.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.fakes import PRELUDE
from tests_host.unit.mp import MicroPython

CODE = (
    PRELUDE
    + """
import micropython
from rgb_led import RgbLed

class Pwm:
    def __init__(self, told=None):
        self.duty = 12345
        self.told = told
    def duty_u16(self, duty):
        self.duty = duty
        if self.told:
            self.told()

class Light:
    '''Three channels; `seen` is the list of [ms, red, green, blue] at each change, once `is_watched`.'''
    def __init__(self, is_watched=True):
        time.reset()
        self.seen = []
        self.channels = [Pwm(), Pwm(), Pwm(self.note if is_watched else None)]
        self.led = RgbLed(*self.channels)
    def now(self):
        return [channel.duty for channel in self.channels]
    def note(self):
        if self.seen and self.seen[-1][0] == time.ticks_ms():
            self.seen.pop()
        if not self.seen or self.seen[-1][1:] != self.now():
            self.seen.append([time.ticks_ms()] + self.now())

def thaw(pattern):
    return tuple(tuple(step) for step in pattern)

def play(plan, until):
    '''`plan` is a list of [ms, pattern]; time and colour (0 .. 255) of each change.'''
    light = Light()
    for ms, pattern in plan:
        time.at(ms, lambda pattern=thaw(pattern): light.led.play(pattern))
    world.run(until, light.led.run())
    return [[seen[0]] + [duty // 257 for duty in seen[1:]] for seen in light.seen]

def colour(*rgb):
    '''Duty cycles after construction, of a colour, and of play() before any event loop runs.'''
    light = Light(False)
    first = light.now()
    light.led.set(rgb)
    second = light.now()
    light.led.play(((1, 2, 3, 0),))
    return [first, second, light.now()]

def wake_ups(pattern, is_running):
    light = Light(False)
    light.led.play(thaw(pattern))
    before = world.wake_ups
    world.run(60000, *([light.led.run()] if is_running else []))
    return world.wake_ups - before

def frugal(pattern):
    light = Light(False)
    light.led.play(thaw(pattern))
    time.at(1000, micropython.heap_lock)
    time.at(9000, micropython.heap_unlock)
    world.run(10000, light.led.run())
    return True

def stopped():
    '''What the LED does after its task was cancelled in the middle of a pattern.'''
    light = Light()
    light.led.play(((255, 0, 0, 50), (0, 0, 0, 50)))
    async def main():
        task = world.asyncio.create_task(light.led.run())
        await world.core.sleep_ms(120)
        task.cancel()
        await world.core.sleep_ms(1000)
    world.run(2000, main())
    return light.seen[-1][0]
"""
)

RED, DARK, GREEN = [255, 0, 0], [0, 0, 0], [0, 255, 0]
FAULT = [[*RED, 120], [*DARK, 120], [*RED, 120], [*DARK, 640]]
BUSY = [[*GREEN, 250], [*RED, 250]]
READY = [[*GREEN, 0]]

steps = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.integers(5, 400))
patterns = st.lists(steps, min_size=1, max_size=5)


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython(CODE) as process:
        yield process


def at(chip: MicroPython, plan: list[Any], ms: int) -> list[int]:
    """The colour at a time."""
    colour: list[int] = [change[1:] for change in chip.call("play", plan, ms + 2) if change[0] <= ms][-1]
    return colour


def test_channels_take_the_whole_range(chip: MicroPython) -> None:
    """0 is off and 255 is on without a gap; the LED is dark after construction, and play() needs no event loop."""
    assert chip.call("colour", 255, 0, 128) == [[0, 0, 0], [65535, 0, 128 * 257], [257, 514, 771]]


def test_l2_double_blink_keeps_its_rhythm(chip: MicroPython) -> None:
    """L2: red double blink = fault, over three periods of one second."""
    changes = chip.call("play", [[0, FAULT]], 2990)
    period = [[0, *RED], [120, *DARK], [240, *RED], [360, *DARK]]
    assert changes == [[start + ms, *colour] for start in (0, 1000, 2000) for ms, *colour in period]


def test_l2_pattern_switches_at_once(chip: MicroPython) -> None:
    """L2: in the middle of a step; the new pattern starts at its first step and in its own rhythm."""
    changes = chip.call("play", [[0, [[*RED, 5000], [*DARK, 5000]]], [700, BUSY]], 1300)
    assert changes == [[0, *RED], [700, *GREEN], [950, *RED], [1200, *GREEN]]


def test_l2_same_pattern_again_does_not_disturb(chip: MicroPython) -> None:
    plan = [[0, BUSY], [100, BUSY], [333, BUSY]]
    assert chip.call("play", plan, 990) == [[0, *GREEN], [250, *RED], [500, *GREEN], [750, *RED]]


def test_steady_colour_costs_no_wake_ups(chip: MicroPython) -> None:
    """A minute of steady green: the event loop wakes no more often than without the task."""
    assert chip.call("wake_ups", READY, True) == chip.call("wake_ups", READY, False)
    assert chip.call("wake_ups", BUSY, True) >= 240


def test_blinking_allocates_nothing(chip: MicroPython) -> None:
    assert chip.call("frugal", FAULT)


def test_cancelled_task_leaves_the_led_alone(chip: MicroPython) -> None:
    assert chip.call("stopped") == 100


def test_pattern_may_end_in_a_held_step(chip: MicroPython) -> None:
    changes = chip.call("play", [[0, [[*RED, 100], [*GREEN, 0], [*DARK, 100]]], [3000, [[*RED, 0]]]], 5000)
    assert changes == [[0, *RED], [100, *GREEN], [3000, *RED]]


@settings(deadline=None)
@given(patterns, patterns, st.integers(0, 1500), st.integers(0, 3000))
def test_l2_any_pattern_is_a_function_of_time_since_its_start(
    chip: MicroPython, first: list[Any], second: list[Any], switch_ms: int, later_ms: int
) -> None:
    """L2: whatever played before, at any time the colour is that of the step which is due."""
    period = sum(step[3] for step in second)
    rest = later_ms % period
    if first != second:
        for step in second:
            rest -= step[3]
            if rest < 0:
                break
        assert at(chip, [[0, first], [switch_ms, second]], switch_ms + later_ms) == list(step[:3])
