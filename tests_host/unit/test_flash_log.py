# SPDX-License-Identifier: MIT
"""lib/flash_log on MicroPython over flash that programs bits only from 1 to 0.

W3, O5, E2: what was appended survives a power cut at any moment, nothing comes back or appears twice, and a record
costs one program. The power cuts are exhaustive (every operation of scripts that go round a small ring, each torn at
every byte) and random (hypothesis, against a list).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.fakes import PRELUDE
from tests_host.unit.mp import MicroPython, Raised

CODE = PRELUDE + "from log_scenes import *\nfrom powercut import exhaust\n"


@pytest.fixture(scope="module")
def chip() -> Iterator[MicroPython]:
    with MicroPython(CODE) as process:
        yield process


EVERY_BYTE = list(range(64))
SOME_BYTES = [0, 1, 7, 33, 59, 60, 63]


@pytest.mark.parametrize(
    ("policy", "sectors", "size", "records", "lengths", "every", "depth"),
    [
        pytest.param("none", 4, 256, 70, EVERY_BYTE, 50, 1, id="nothing-live"),
        pytest.param("latest", 4, 256, 70, EVERY_BYTE, 50, 1, id="newest-state-live"),
        pytest.param("some", 3, 256, 50, EVERY_BYTE, 50, 1, id="every-third-live-smallest-ring"),
        pytest.param("some", 6, 512, 170, SOME_BYTES, 40, 1, id="every-third-live"),
        pytest.param("clump", 3, 256, 60, EVERY_BYTE, 40, 1, id="everything-live-smallest-ring"),
        pytest.param("clump", 4, 256, 70, SOME_BYTES, 60, 1, id="everything-live"),
        pytest.param("some", 3, 2048, 240, [0, 33, 63], 100, 1, id="larger-sectors"),
        pytest.param("some", 3, 256, 40, [0, 33, 63], 19, 2, id="two-power-cuts-in-a-row"),
    ],
)
def test_o5_power_cut_at_every_operation(
    chip: MicroPython, policy: str, sectors: int, size: int, records: int, lengths: list[int], every: int, depth: int
) -> None:
    """O5, W3: scripts that go round a ring several times, looked at in every operation that they cause.

    Before it, torn in it at each of the given bytes (erases: mixtures of old, blank and random slots) and after it, a
    mount finds either what it found before the operation or what it finds after it: all records whose append returned,
    at most the one in flight more, in order, each once, and no dead one again. From some ends the log is used on.
    """
    cases, resumed, programs, erases, full = chip.call("exhaust", policy, sectors, size, records, lengths, every, depth)
    assert cases > programs * (2 * len(lengths) + 2)
    assert resumed > 5
    assert erases >= 2 * sectors
    assert (full > 0) == (policy == "clump")


appends = st.tuples(st.just("append"), st.booleans()).map(list)
actions = st.lists(
    st.one_of(
        appends,
        appends,
        st.tuples(st.just("kill"), st.integers(1, 6)).map(list),
        st.sampled_from([["prepare"], ["reopen"]]),
        st.tuples(
            st.just("cut"), st.integers(0, 12), st.sampled_from(["before", "torn", "after"]), st.integers(0, 0x7FFF)
        ).map(list),
    ),
    min_size=10,
    max_size=80,
)


DONE, FULL = 0, 1


def told(trace: bytes) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Outcome, number of the next record, numbers in the log, live numbers: for each action of a scene."""
    at = 0
    while at < len(trace):
        middle = at + 3 + trace[at + 2]
        end = middle + 1 + trace[middle]
        yield trace[at], trace[at + 1], trace[at + 3 : middle], trace[middle + 1 : end]
        at = end


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([(3, 256), (4, 256), (3, 512)]), actions)
def test_o5_log_behaves_as_a_list_that_forgets_dead_records(
    chip: MicroPython, ring: tuple[int, int], script: list[Any]
) -> None:
    """O5, W3: appends, deaths, restarts and power cuts in any order, against a Python list."""
    known = live = b""
    number = 1
    for action, (outcome, next_number, found, now_live) in zip(
        script, told(chip.call("play", *ring, script)), strict=True
    ):
        new = bytes([number]) if next_number > number else b""
        gone = set(known) - set(found)
        assert not gone & set(live) - ({*live} - {*now_live}), action
        if new and outcome == DONE:
            assert found[-1:] == new
        elif outcome == FULL:
            assert found == known
            assert len(live) == (ring[0] - 1) * ring[1] // 64
            new = b""
        assert set(found) <= {*known, *new}
        assert found == bytes(sorted(found))
        assert set(now_live) <= set(found)
        known, live, number = found, now_live, next_number


@pytest.mark.parametrize("is_prepared", [False, True])
def test_one_program_a_record_and_an_erase_for_64(chip: MicroPython, is_prepared: bool) -> None:
    """The budget of the flash, in the steady state without live records; wear is even."""
    programs, erases, in_append, lowest, highest = chip.call("wear", 3, 4096, 1920, is_prepared)
    assert programs == 1920
    assert 1920 // 64 - 1 <= erases <= 1920 // 64
    assert highest - lowest <= 1
    assert in_append == (0 if is_prepared else erases)


def test_live_records_cost_a_program_for_each_move(chip: MicroPython) -> None:
    """A newest-state record alone adds no more than one program to a sector's 64."""
    _, _, programs, erases, _ = chip.call("exhaust", "latest", 4, 512, 400, [], 1 << 20, 1)
    assert programs <= 400 * 1.01
    assert erases <= 400 / 8


def test_p2_mount_reads_little(chip: MicroPython) -> None:
    """P2: a chunk or two of each sector and the head, however full the log is; progress goes up to 100."""
    for records in (0, 10, 500):
        count, percents = chip.call("reads", 6, 1024, records)
        assert count <= 6 * 2 + 2 * 4
        assert percents == sorted(percents)
        assert percents[-1] == 100


@pytest.mark.parametrize("after", [0, 3, 4, 7])
@pytest.mark.parametrize(
    ("fault", "times", "errors"),
    [
        *[(fault, 1, 0) for fault in ("error", "late error", "ignored", "weak", "misread")],
        *[(fault, 3, 1) for fault in ("error", "ignored", "weak")],
    ],
)
def test_p3_program_that_fails_is_done_again_or_reported(
    chip: MicroPython, fault: str, times: int, errors: int, after: int
) -> None:
    """P3: what reads back counts. A record that was refused is not there, the records before and after it are."""
    found_errors, found = chip.call("faulty", [fault] * times, after)
    assert found_errors == errors
    assert found == [number for number in range(1, after + 4) if number != after + 1 or not errors]


@pytest.mark.parametrize(
    ("fault", "times", "errors"),
    [
        *[(fault, 1, 0) for fault in ("error", "late error", "ignored", "weak", "misread")],
        *[(fault, 4, 1) for fault in ("error", "ignored", "weak", "misread")],
    ],
)
def test_p3_copy_that_fails_is_done_again_or_reported(chip: MicroPython, fault: str, times: int, errors: int) -> None:
    """P3: record 13 needs the sector of the live record 1, whose copy fails, once or for good."""
    found_errors, found = chip.call("faulty", [fault] * times, 12)
    assert found_errors == errors
    assert found == [1, *range(5, 13), *range(13 + errors, 16)]


@pytest.mark.parametrize("mode", ["before", "torn", "after"])
def test_o5_power_cut_while_a_failed_move_is_undone(chip: MicroPython, mode: str) -> None:
    """O5: the last of three copies is in the flash but did not read back; the sector is erased to copy once more."""
    for operation in range(2, 10):
        for seed in range(0, 1500, 31):
            assert chip.call("undone", operation, mode, seed)[:3] == [1, 2, 3]


def test_sector_lost_to_wear_hides_no_other(chip: MicroPython) -> None:
    """Rubbish in any one sector costs its own records. Where it was the newest one, what that had put out of the log
    shows again, for all that told of it is gone."""
    for lost in range(6):
        before, after, was_newest = chip.call("lost_sector", 60, lost)
        assert len(set(before) - set(after)) <= 4
        assert was_newest or set(after) <= set(before)


def test_p3_sector_that_takes_nothing_costs_nothing(chip: MicroPython) -> None:
    """P3: errors until the restart, nothing erased that is not replaced yet; then the sector is erased once more."""
    errors, is_same, before, after = chip.call("bad_sector")
    assert errors == 3
    assert is_same
    assert after == [*before[4:], 20]


def test_usage_survives_a_restart(chip: MicroPython) -> None:
    """Grows to the capacity of 12 slots, then goes back by a sector at a time."""
    counts = chip.call("usage")
    assert [count for count, _ in counts] == [*range(1, 13), *([9, 10, 11, 12] * 7)]
    assert all(count == again for count, again in counts)


def test_bounds_of_the_interface(chip: MicroPython) -> None:
    assert chip.call("bounds") == [["ValueError", "OSError", "ValueError"], 2, 0, []]


@settings(deadline=None)
@given(st.integers(0, 0x7FFF))
def test_c4_region_with_other_contents_is_an_empty_log(chip: MicroPython, seed: int) -> None:
    """C4: a board that held something else there."""
    assert chip.call("strange", seed) == [[], list(range(1, 10))]


def test_p3_contradiction_is_an_error_and_no_guess(chip: MicroPython) -> None:
    with pytest.raises(Raised) as raised:
        chip.call("contradictory")
    assert raised.value.kind == "OSError"


def test_full_log_refuses_without_touching_the_flash(chip: MicroPython) -> None:
    """And takes records again as soon as one is dead."""
    refused, cost, is_taken, found = chip.call("full")
    assert refused
    assert cost == 0
    assert is_taken
    assert 5 not in found
    assert set(range(1, 13)) - {5} <= set(found)


def test_moved_records_keep_their_place_in_the_order(chip: MicroPython) -> None:
    """In a ring of 12 slots 1 and 3 stay: their new positions are told, and they come before everything younger."""
    told, records = chip.call("moves")
    assert told == [[1, 8], [3, 9]]
    assert records[:2] == [[8, 1], [9, 3]]
    assert [number for _, number in records] == [1, 3, 8, 9, 10, 11]


def test_append_leaves_little_garbage(chip: MicroPython) -> None:
    assert chip.call("memory") < 200
