# SPDX-License-Identifier: MIT
"""firmware/store/throttle.py on MicroPython: the policy's figures, and what one try does to flash and wait (E2)."""

from collections.abc import Iterator

import pytest

from tests_host.unit.fakes import PRELUDE
from tests_host.unit.mp import MicroPython, Raised

_CODE = f"""{PRELUDE}
from firmware.store import throttle

class State:
    attempts = 0
    approvals = 0

class Journal:
    def __init__(self):
        self.state = State()
        self.log = []
        self.is_broken = False

    def change(self, **fields):
        for name, value in fields.items():
            self.log.append("%s=%d" % (name, value))
            setattr(self.state, name, value)

    def check_state(self):
        self.log.append("read back")
        if self.is_broken:
            raise OSError("J1")

journal = Journal()
counts = {{}}

def fresh(tries):
    time.reset()
    journal.__init__()
    journal.state.attempts = tries
    for name in ("attempts", "approvals"):
        counts[name] = throttle.Throttle(journal, name)

def spoil():
    journal.is_broken = True

def delay_s(tries):
    return throttle.delay_s(tries)

def count(name):
    counts[name].count()

def restart(name):
    counts[name].restart()

def clear(name):
    counts[name].clear()

def left_s(name):
    return counts[name].left_s()

def tries(name):
    return counts[name].tries

def log():
    return journal.log

def sleep_s(seconds):
    time.sleep_ms(1000 * seconds)
"""


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython(_CODE) as process:
        yield process


def test_the_policys_figures(chip: MicroPython) -> None:
    """E2: three tries are free, then 30 s doubled to a quarter of an hour, for however many."""
    waits = [chip.call("delay_s", tries) for tries in range(12)]
    assert waits == [0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900, 900]
    assert chip.call("delay_s", 255) == 900


def test_a_try_is_durable_and_read_back(chip: MicroPython) -> None:
    """E2: in this order; what cannot be read back is no try."""
    chip.call("fresh", 0)
    chip.call("count", "attempts")
    assert chip.call("log") == ["attempts=1", "read back"]
    chip.call("spoil")
    with pytest.raises(Raised, match="J1"):
        chip.call("count", "attempts")


def test_each_try_makes_wait_from_then_on(chip: MicroPython) -> None:
    """E2: counted down in seconds, rounded up, and over once; the next try asks for twice as much."""
    chip.call("fresh", 2)
    assert chip.call("left_s", "attempts") == 0
    chip.call("sleep_s", 7)
    for wait in (30, 60):
        chip.call("count", "attempts")
        assert chip.call("left_s", "attempts") == wait
        chip.call("sleep_s", wait - 1)
        assert chip.call("left_s", "attempts") == 1
        chip.call("sleep_s", 1)
        assert chip.call("left_s", "attempts") == 0


def test_a_restart_begins_the_wait_anew(chip: MicroPython) -> None:
    """E2: all of it, by the stored count."""
    chip.call("fresh", 3)
    chip.call("restart", "attempts")
    chip.call("sleep_s", 29)
    chip.call("restart", "attempts")
    assert chip.call("left_s", "attempts") == 30


def test_the_count_ends_at_what_a_byte_holds(chip: MicroPython) -> None:
    """E2: and goes on making wait there."""
    chip.call("fresh", 254)
    chip.call("count", "attempts")
    chip.call("count", "attempts")
    assert (chip.call("tries", "attempts"), chip.call("left_s", "attempts")) == (255, 900)


def test_two_counts_know_nothing_of_each_other(chip: MicroPython) -> None:
    """E2, E4: neither tries nor a right PIN; clearing what is clear costs no flash."""
    chip.call("fresh", 3)
    chip.call("restart", "attempts")
    for _ in range(4):
        chip.call("count", "approvals")
    assert [chip.call("tries", name) for name in ("attempts", "approvals")] == [3, 4]
    chip.call("clear", "attempts")
    assert [chip.call("left_s", name) for name in ("attempts", "approvals")] == [0, 60]
    written = len(chip.call("log"))
    chip.call("clear", "attempts")
    assert chip.call("tries", "approvals") == 4 and len(chip.call("log")) == written
