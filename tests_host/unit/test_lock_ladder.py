# SPDX-License-Identifier: MIT
"""firmware/lock.py on MicroPython: the whole truth table of facts and reasons (L1, L2, L6)."""

from collections.abc import Iterator
from itertools import product

import pytest

from tests_host.unit.mp import MicroPython

_NAMES = [
    "fault",
    "crash",
    "is_updating",
    "is_provisioned",
    "is_configured",
    "is_battery_low",
    "is_barred",
    "host_lock",
    "is_pin_locked",
    "is_signed_in",
    "is_idle",
]
_LIGHTS = ["OFF", "READY", "LOCKED", "FAULT", "BUSY", "MAINTENANCE", "START"]
_CODE = f"""
from firmware import lock
from firmware.ui import light

NAMES = {_NAMES!r}

def fresh():
    facts = lock.Facts()
    return [getattr(facts, name) for name in NAMES]

def reason(*values):
    facts = lock.Facts()
    for name, value in zip(NAMES, values):
        setattr(facts, name, value)
    return lock.lock_reason(facts)

def light_of(reason):
    return light.steps(lock.LIGHTS.get(reason, light.LOCKED))

def lights():
    return [[name, light.steps(getattr(light, name))] for name in {_LIGHTS!r}]
"""
# First that holds wins: position in the facts, value, reason.
_LADDER = [
    (0, "P02", "hardware"),
    (1, "OSError app:9", "software"),
    (2, True, "update"),
    (3, False, "unprovisioned"),
    (4, False, "configuration"),
    (5, True, "battery"),
    (6, True, "barred"),
    (7, 2, "maintenance"),
    (8, True, "pin"),
    (9, False, "sign_in"),
    (10, True, "idle"),
]
_OPEN = ("", "", False, True, True, False, False, 0, False, True, False)
_LK = 7
_BOTH = (False, True)


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def _expected(facts: tuple[object, ...]) -> str:
    return next((reason for place, value, reason in _LADDER if facts[place] == value), "")


def test_l1_the_whole_truth_table(chip: MicroPython) -> None:
    """L1, S5: every combination; the terminal is open in two of them only: LK 0 and LK 1 (no new sales)."""
    faults = (("", "P02"), ("", "OSError app:9"))
    table = list(product(*faults, _BOTH, _BOTH, _BOTH, _BOTH, _BOTH, (0, 1, 2), _BOTH, _BOTH, _BOTH))
    reasons = [answer.value for answer in chip.call_all("reason", table)]
    assert reasons == [_expected(facts) for facts in table]
    assert [facts for facts, reason in zip(table, reasons, strict=True) if not reason] == [
        _OPEN,
        (*_OPEN[:_LK], 1, *_OPEN[_LK + 1 :]),
    ]


def test_s5_a_terminal_that_knows_nothing_yet_is_locked(chip: MicroPython) -> None:
    """S5: the facts of a start lead to the sign-in, never past it."""
    assert chip.call("reason", *chip.call("fresh")) == "sign_in"


@pytest.mark.parametrize(("place", "value", "reason"), _LADDER)
def test_l6_each_lock_alone_is_left_when_its_fact_is_gone(
    chip: MicroPython, place: int, value: object, reason: str
) -> None:
    """L6: no reason holds itself up."""
    facts = list(_OPEN)
    facts[place] = value
    assert chip.call("reason", *facts) == reason
    assert chip.call("reason", *_OPEN) == ""


def test_l2_lights_differ_in_rhythm_and_not_in_colour_only(chip: MicroPython) -> None:
    """L2: ready and locked are the steady ones; the screen's lock icon tells them apart for who sees no colours."""
    lights = dict(chip.call("lights"))
    rhythms: dict[tuple[int, ...], list[str]] = {}
    for name, steps in lights.items():
        rhythms.setdefault(tuple(step[3] for step in steps), []).append(name)
    steady = rhythms.pop((0,))
    assert sorted(steady) == ["LOCKED", "OFF", "READY", "START"]
    assert all(len(names) == 1 for names in rhythms.values())
    assert chip.call("light_of", "maintenance") == lights["MAINTENANCE"]
    assert chip.call("light_of", "hardware") == lights["FAULT"]
    assert chip.call("light_of", "sign_in") == lights["LOCKED"]
