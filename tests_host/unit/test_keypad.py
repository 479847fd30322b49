# SPDX-License-Identifier: MIT
"""lib/keypad on MicroPython: a matrix of wires and a virtual clock, both faked; the driver runs whole.

P3: no stuck key. E1: what is typed arrives complete, in order and only once. The figures are those of the platform:
5 ms scans, 10 ms press and 20 ms release debounce.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.fakes import PRELUDE
from tests_host.unit.mp import MicroPython

LAYOUT = "123A456B789C*0#D"
CODE = (
    PRELUDE
    + f"LAYOUT = {LAYOUT!r}"
    + """
import micropython
from keypad import Keypad
from matrix import Button, Matrix, Pin

def world_of(script):
    time.reset()
    Pin.calls = 0
    Pin.trap = -1
    matrix = Matrix(LAYOUT)
    for ms, action, names in script:
        time.at(ms, lambda action=action, names=names: getattr(matrix, action)(names))
    events = []
    keypad = Keypad(matrix.rows, matrix.columns, LAYOUT)
    keypad.on_key = lambda name: events.append([name, time.ticks_ms()])
    return matrix, keypad, events

def play(script, until):
    '''Events and their times.'''
    matrix, keypad, events = world_of(script)
    world.run(until, keypad.run())
    assert not matrix.driven and not any(pin.handler for pin in matrix.columns)
    return events

def race(n):
    '''Press a key just before the n-th use of a pin; None when there are not so many before the first wait.'''
    matrix, keypad, events = world_of([])
    if n >= 0:
        Pin.trap = Pin.calls + n
        Pin.on_trap = lambda: matrix.press("8")
    else:
        calls = Pin.calls
        waiting = []
        time.at(50, lambda: waiting.append(Pin.calls - calls))
        world.run(100, keypad.run())
        return waiting[0]
    time.at(300, lambda: matrix.release("8"))
    world.run(500, keypad.run())
    return events

def button(script, until, is_down):
    '''Events of a keypad with a button beside the matrix, which is pressed and released as "P".'''
    time.reset()
    matrix = Matrix(LAYOUT)
    key = Button()
    if is_down:
        key.press()
    for ms, action, names in script:
        part = key if names == "P" else matrix
        time.at(ms, lambda part=part, action=action, names=names: getattr(part, action)(names))
    events = []
    keypad = Keypad(matrix.rows, matrix.columns, LAYOUT + "P", key)
    keypad.on_key = lambda name: events.append([name, time.ticks_ms()])
    world.run(until, keypad.run())
    assert not key.handler
    return events

def rest(is_running):
    '''Uses of pins and wake-ups while nobody types for an hour, after a key.'''
    matrix, keypad, _ = world_of([[100, "press", "5"], [180, "release", "5"]])
    before = []
    time.at(300, lambda: before.extend((Pin.calls, world.wake_ups)))
    after = []
    time.at(3600000, lambda: after.extend((Pin.calls, world.wake_ups)))
    world.run(3600010, *([keypad.run()] if is_running else []))
    return [after[0] - before[0], after[1] - before[1]]

def stuck(down, is_running):
    '''What the self-test sees from 50 ms on, then the keys typed after it.'''
    script = [[0, "press", down]] if down else []
    matrix, keypad, events = world_of(script + [[500, "release", down], [600, "press", "7"], [680, "release", "7"]])
    found = []
    async def look():
        await world.core.sleep_ms(50)
        found.extend(await keypad.stuck())
        found.append(time.ticks_ms())
    tasks = [look()] + ([keypad.run()] if is_running else [])
    world.run(1000, *tasks)
    return [found, [event[0] for event in events]]

def frugal():
    '''A key is down for 100 scans of which none may allocate.'''
    matrix, keypad, events = world_of([[100, "press", "5"], [760, "release", "5"]])
    time.at(150, micropython.heap_lock)
    time.at(650, micropython.heap_unlock)
    world.run(900, keypad.run())
    return events
"""
)


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython(CODE) as process:
        yield process


def names(events: list[list[Any]]) -> list[str]:
    return [event[0] for event in events]


def typed(keys: str, down_ms: int = 80, up_ms: int = 60) -> list[list[Any]]:
    """A script of keys pressed one after the other, the first one at 100 ms."""
    script: list[list[Any]] = []
    at = 100
    for key in keys:
        script += [[at, "press", key], [at + down_ms, "release", key]]
        at += down_ms + up_ms
    return script


def test_e1_every_key_is_named_once_within_20_ms(chip: MicroPython) -> None:
    """E1: the layout, row by row; 10 ms of debounce and at most one scan on top."""
    script = typed(LAYOUT)
    events = chip.call("play", script, 3000)
    assert names(events) == list(LAYOUT)
    pressed = [step[0] for step in script if step[1] == "press"]
    assert all(10 <= event[1] - ms <= 20 for event, ms in zip(events, pressed, strict=True))


def test_e1_a_touch_below_10_ms_is_no_key(chip: MicroPython) -> None:
    assert chip.call("play", typed("5", down_ms=8), 300) == []


@settings(deadline=None)
@given(st.data())
def test_e1_contact_bounce_makes_no_second_key(chip: MicroPython, data: st.DataObject) -> None:
    """E1: any pattern of bounce, up to 6 ms long at both ends of each press."""
    script: list[list[Any]] = []
    at = 100
    keys = data.draw(st.text(LAYOUT, min_size=1, max_size=6))
    for key in keys:
        for first, second in (("press", "release"), ("release", "press")):
            for gap in data.draw(st.lists(st.integers(1, 2), max_size=3)):
                script += [[at, first, key], [at + 1, second, key]]
                at += gap + 1
            script.append([at, first, key])
            at += data.draw(st.integers(30, 90))
    assert "".join(names(chip.call("play", script, at + 100))) == keys


@settings(deadline=None)
@given(st.lists(st.sampled_from(LAYOUT), min_size=2, max_size=8), st.integers(1, 50), st.integers(35, 90))
def test_e1_fast_typing_with_overlap_arrives_in_order(
    chip: MicroPython, keys: list[str], overlap_ms: int, alone_ms: int
) -> None:
    """E1: roll-over. Each key is down before the one before it is up, and alone for at least 35 ms afterwards."""
    keys = [key for i, key in enumerate(keys) if i == 0 or key != keys[i - 1]]
    script: list[list[Any]] = []
    at = 100
    for key in keys:
        script += [[at, "press", key], [at + overlap_ms + alone_ms + overlap_ms, "release", key]]
        at += overlap_ms + alone_ms
    assert names(chip.call("play", sorted(script, key=lambda step: step[0]), at + 500)) == keys


def test_e1_second_key_counts_when_the_first_one_is_released(chip: MicroPython) -> None:
    """E1: 20 ms of release debounce after the first key, and it is not taken while both are down."""
    script = [[100, "press", "1"], [200, "press", "2"], [500, "release", "1"], [600, "release", "2"]]
    events = chip.call("play", script, 800)
    assert names(events) == ["1", "2"]
    assert 520 <= events[1][1] <= 530


@settings(deadline=None)
@given(st.lists(st.sampled_from(LAYOUT), min_size=2, max_size=16, unique=True))
def test_e1_keys_down_together_are_no_key(chip: MicroPython, keys: list[str]) -> None:
    """E1: no ghosts, and no guess which of several keys was meant."""
    together = "".join(keys)
    assert chip.call("play", [[100, "press", together], [300, "release", together]], 500) == []


def test_e1_three_corners_do_not_make_the_fourth_key(chip: MicroPython) -> None:
    """E1: 1, 2 and 4 down look like 1, 2, 4 and 5; after two of them are up, the third one counts."""
    script = [[100, "press", "124"], [300, "release", "24"], [400, "release", "1"]]
    assert names(chip.call("play", script, 600)) == ["1"]


def test_e1_no_key_is_lost_between_arming_and_waiting(chip: MicroPython) -> None:
    """E1: pressed just before any use of a pin on the way into the wait, a key is found all the same."""
    uses = chip.call("race", -1)
    assert uses > 10
    outcomes = [chip.call("race", n) for n in range(uses)]
    assert [names(events) for events in outcomes] == [["8"]] * uses


def test_nothing_is_polled_while_no_key_is_down(chip: MicroPython) -> None:
    """An hour without a key: no pin is touched, and the event loop wakes no more often than without a keypad."""
    uses, wake_ups = chip.call("rest", True)
    assert uses == 0
    assert wake_ups == chip.call("rest", False)[1]


def test_long_press_is_a_second_event_after_800_ms(chip: MicroPython) -> None:
    events = chip.call("play", [[100, "press", "C"], [2500, "release", "C"]], 3000)
    assert names(events) == ["C", "CL"]
    assert 800 <= events[1][1] - events[0][1] <= 806


def test_no_long_press_while_another_key_is_down(chip: MicroPython) -> None:
    script = [[100, "press", "C"], [500, "press", "9"], [2000, "release", "C9"]]
    assert names(chip.call("play", script, 2500)) == ["C"]


@pytest.mark.parametrize("is_running", [False, True])
@pytest.mark.parametrize("down", ["", "5", "0D"])
def test_p3_stuck_keys_are_named_and_the_keypad_works_on(chip: MicroPython, down: str, is_running: bool) -> None:
    """P3: whether the task runs or not; what was down is in the list, what is typed afterwards arrives."""
    (*found, ended), events = chip.call("stuck", down, is_running)
    assert "".join(found) == down
    assert ended <= 110
    assert events == (([down] if len(down) == 1 else []) + ["7"] if is_running else [])


def test_a_scan_allocates_nothing(chip: MicroPython) -> None:
    """With the heap locked for 100 scans; a collection would stall the chip for milliseconds."""
    assert names(chip.call("frugal")) == ["5"]


def test_w5_a_button_is_told_when_it_comes_up_or_has_been_held(chip: MicroPython) -> None:
    """W5: what a tap does is not done on the way to what holding does; the keys beside it work as ever."""
    script = [[100, "press", "P"], [300, "release", "P"], [400, "press", "5"], [480, "release", "5"]]
    script += [[600, "press", "P"], [1700, "release", "P"], [1800, "press", "7"], [1880, "release", "7"]]
    events = chip.call("button", script, 2500, False)
    assert names(events) == ["P", "5", "PL", "7"]
    tap, _, held, _ = [event[1] for event in events]
    assert 320 <= tap <= 335 and 1410 <= held <= 1425


def test_p1_the_finger_that_switches_on_is_no_key(chip: MicroPython) -> None:
    """P1: the button is down when the task begins; only what is pressed after it came up counts."""
    script = [[1500, "release", "P"], [1600, "press", "P"], [1700, "release", "P"]]
    events = chip.call("button", script, 2500, True)
    assert names(events) == ["P"] and events[0][1] > 1700


def test_e1_a_button_and_a_key_together_are_none(chip: MicroPython) -> None:
    """E1: as any two keys: the second one counts when the first one is up."""
    script = [[100, "press", "P"], [150, "press", "5"], [250, "release", "P"], [400, "release", "5"]]
    assert names(chip.call("button", script, 1000, False)) == ["P", "5"]
