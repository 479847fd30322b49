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

CODE = (
    PRELUDE
    + """
import gc
import struct
from flash_log import FlashLog, LogFull, MAX_PAYLOAD
from nor import Nor
from powercut import PowerCut, Random, Store, exhaust, kind, payload, torn_erases, torn_programs, view

class Cutter:
    '''Cuts the power at the n-th flash operation from now: before it, after it, or in it.'''
    def __init__(self, flash, n, mode, seed):
        self.flash, self.n, self.mode, self.random = flash, n, mode, Random(seed)
        flash.watch = self
    def __call__(self, operation, start, data):
        self.n -= 1
        if self.n >= 0:
            return
        flash = self.flash
        flash.watch = None
        if operation == "program":
            ends = torn_programs(data, [self.random.below(64)], self.random)
        else:
            ends = torn_erases(flash.data[start : start + flash.size], self.random)
            data = b"\\xff" * flash.size
        if self.mode == "torn":
            skip = self.random.below(14 if operation == "erase" else 3)
            for _ in range(skip + 1):
                data = next(ends)
        if self.mode != "before":
            flash.data[start : start + len(data)] = data
        raise PowerCut

def play(sectors, size, actions):
    '''After each action: [outcome, numbers in the log, live numbers, number of the next record].'''
    store = Store(Nor(sectors, size), {}, 1)
    trace = []
    for name, *arguments in actions:
        outcome = "ok"
        try:
            if name == "append":
                outcome = "ok" if store.append(arguments[0]) else "full"
            elif name == "kill":
                for number in sorted(store.live)[:arguments[0]]:
                    del store.live[number]
            elif name == "prepare":
                store.prepare()
            elif name == "reopen":
                store.open()
            else:
                Cutter(store.flash, *arguments)
        except PowerCut:
            store.open()
            outcome = "cut"
        trace.append([outcome, bytes(store.check()), bytes(sorted(store.live)), store.number])
    return trace

def wear(sectors, size, records, is_prepared):
    '''Operations for some records of which none is live, and the lowest and highest erase count of a sector.'''
    store = Store(Nor(sectors, size), {}, 1)
    flash = store.flash
    while store.log.used < store.log.capacity:
        store.append(False)
    programs, erases = flash.programs, flash.erases
    flash.wear[:] = [0] * sectors
    erases_in_append = 0
    for _ in range(records):
        before = flash.erases
        store.append(False)
        erases_in_append += flash.erases - before
        if is_prepared:
            store.prepare()
    assert (store.log.programs, store.log.erases) == (flash.programs, flash.erases)
    return [flash.programs - programs, flash.erases - erases, erases_in_append, min(flash.wear), max(flash.wear),
            store.log.cycles]

def reads(sectors, size, records):
    '''Chunks that a mount reads.'''
    store = Store(Nor(sectors, size), {}, 1)
    for _ in range(records):
        store.append(False)
    before = store.flash.reads
    percents = []
    log = FlashLog(store.flash)
    log.mount(percents.append)
    return [store.flash.reads - before, percents]

def faulty(faults, after):
    '''Record 1 stays live; then the flash misbehaves for the next programs. Errors in three appends, and the log.'''
    store = Store(Nor(4, 256), {}, 1)
    for number in range(1, after + 1):
        store.append(number == 1)
    store.flash.faults = list(faults)
    errors = 0
    for _ in range(3):
        try:
            store.append(True)
        except OSError as error:
            assert error.errno == 5
            errors += 1
        store.check()
    store.open()
    return [errors, store.check()]

def bad_sector():
    '''A sector takes no record: errors, then the log before and after a restart, and after it takes one again.'''
    store = Store(Nor(4, 256), {}, 1)
    for _ in range(16):
        store.append(False)
    before = store.check()
    store.flash.faults = ["weak"] * 7
    errors = 0
    for _ in range(3):
        try:
            store.append(False)
        except OSError:
            errors += 1
    torn = store.check()
    store.flash.faults.clear()
    store.open()
    store.append(False)
    return [errors, torn == before, before, store.check()]

def usage():
    '''Slots in use while records are appended: as counted, as a new mount counts.'''
    store = Store(Nor(4, 256), {}, 1)
    counts = []
    for _ in range(40):
        store.append(False)
        log = FlashLog(store.flash)
        log.mount()
        counts.append([store.log.used, log.used])
    return counts

def undone(n, mode, seed):
    '''Records 1, 2 and 3 are live and must move; the third copy is misread, and the power fails.'''
    store = Store(Nor(4, 256), {}, 1)
    for number in range(1, 13):
        store.append(number < 4)
    store.flash.faults = ["", "", "misread"]
    Cutter(store.flash, n, mode, seed)
    try:
        store.append(False)
    except PowerCut:
        store.open()
    return store.check()

def lost_sector(records, lost):
    '''A sector of a log that went round turns to rubbish: numbers in the log before and after, was it the newest.'''
    store = Store(Nor(6, 256), {}, 1)
    for _ in range(records):
        pos = store.log.append(kind(store.number), payload(store.number))
        store.number += 1
    before = view(store.flash)
    store.flash.data[lost * 256 : lost * 256 + 256] = bytes(range(256))
    return [before, view(store.flash), pos // 4 == lost]

def bounds():
    log = FlashLog(Nor(4, 256))
    log.mount()
    assert list(log.records()) == [] and log.used == 0 and log.capacity == 12
    errors = []
    for act in (lambda: log.append(1, bytes(MAX_PAYLOAD + 1)), lambda: log.read(3), lambda: FlashLog(Nor(2, 256))):
        try:
            act()
        except (ValueError, OSError) as error:
            errors.append(type(error).__name__)
    assert log.read(log.append(255, bytes(MAX_PAYLOAD))) == (255, bytes(MAX_PAYLOAD))
    assert log.read(log.append(0, b"")) == (0, b"")
    used = log.used
    log.erase_all()
    return [errors, used, log.used, list(log.records())]

def strange(seed):
    '''A region that never held a log: what a first mount finds, and what is there after some records.'''
    flash = Nor(4, 256)
    random = Random(seed)
    for i in range(len(flash.data)):
        flash.data[i] = random.below(256)
    store = Store(flash, {}, 1)
    first = store.check()
    for _ in range(9):
        store.append(True)
    return [first, store.check()]

def contradictory():
    '''Two sectors that both look like the newest one: nothing is guessed.'''
    store = Store(Nor(8, 256), {}, 1)
    for _ in range(20):
        store.append(False)
    store.flash.data[256:768] = b"\\xff" * 512
    store.open()

def full():
    '''Fills the log with live records: operations that the refused append costs, and what is there then.'''
    store = Store(Nor(4, 256), {}, 1)
    while store.append(True):
        pass
    operations = store.flash.programs + store.flash.erases
    refused = not store.append(True)
    cost = store.flash.programs + store.flash.erases - operations
    del store.live[5]
    return [refused, cost, store.append(True), store.check()]

def moves():
    '''(old, new) of each move, and the records' positions in the log's order.'''
    told = []
    log = FlashLog(Nor(3, 256), lambda pos, kind, found: kind == 1, lambda old, new: told.append([old, new]))
    log.mount()
    for number in range(12):
        log.append(1 if number in (1, 3) else 0, bytes([number]))
    return [told, [[pos, found[0]] for pos, _, found in log.records()]]

class Frugal(Nor):
    '''Makes no garbage of its own.'''
    def readblocks(self, block, buf, offset=0):
        for i in range(len(buf)):
            buf[i] = self.data[block * self.size + offset + i]
    def writeblocks(self, block, buf, offset):
        for i in range(len(buf)):
            self.data[block * self.size + offset + i] = buf[i]

def memory():
    '''Bytes of a 32-bit heap that an append leaves behind.'''
    log = FlashLog(Frugal(3, 4096))
    log.mount()
    log.append(1, b"x")
    data = bytes(40)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for _ in range(50):
        log.append(1, data)
    left = gc.mem_alloc() - before
    gc.enable()
    return left // 50 // (2 if sys.maxsize > 0x7FFFFFFF else 1)
"""
)


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


@settings(max_examples=150)
@given(st.sampled_from([(3, 256), (4, 256), (3, 512)]), actions)
def test_o5_log_behaves_as_a_list_that_forgets_dead_records(
    chip: MicroPython, ring: tuple[int, int], script: list[Any]
) -> None:
    """O5, W3: appends, deaths, restarts and power cuts in any order, against a Python list."""
    known = live = b""
    number = 1
    for action, (outcome, found, now_live, next_number) in zip(script, chip.call("play", *ring, script), strict=True):
        new = bytes([number]) if next_number > number else b""
        gone = set(known) - set(found)
        assert not gone & set(live) - ({*live} - {*now_live}), action
        if new and outcome == "ok":
            assert found[-1:] == new
        elif outcome == "full":
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
    programs, erases, in_append, lowest, highest, cycles = chip.call("wear", 3, 4096, 1920, is_prepared)
    assert programs == 1920
    assert 1920 // 64 - 1 <= erases <= 1920 // 64
    assert highest - lowest <= 1
    assert in_append == (0 if is_prepared else erases)
    assert lowest <= cycles <= highest + 1


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
