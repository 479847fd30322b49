# SPDX-License-Identifier: MIT
"""Scenes of a log in flash, played on MicroPython beside lib/flash_log and told in numbers of records.

A scene is a function that a test calls over the wire; what it returns is small, for the heap is the chip's.
"""

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lib.flash_log import MAX_PAYLOAD, FlashLog
    from tests_host.unit.fakes.nor import Nor
    from tests_host.unit.fakes.powercut import PowerCut, Random, Store, kind, payload, torn_erases, torn_programs, view
else:
    from nor import Nor
    from powercut import PowerCut, Random, Store, kind, payload, torn_erases, torn_programs, view

    from flash_log import MAX_PAYLOAD, FlashLog


class Cutter:
    """Cuts the power at the n-th flash operation from now: before it, after it, or in it."""

    def __init__(self, flash: Nor, n: int, mode: str, seed: int) -> None:
        self.flash, self.n, self.mode, self.random = flash, n, mode, Random(seed)
        flash.watch = self

    def __call__(self, operation: str, start: int, data: bytes) -> None:
        self.n -= 1
        if self.n >= 0:
            return
        flash = self.flash
        flash.watch = None
        if operation == "program":
            ends: "Iterator[bytes | bytearray]" = torn_programs(data, [self.random.below(64)], self.random)
        else:
            ends = torn_erases(flash.data[start : start + flash.size], self.random)
            data = b"\xff" * flash.size
        if self.mode == "torn":
            skip = self.random.below(14 if operation == "erase" else 3)
            for _ in range(skip + 1):
                data = bytes(next(ends))
        if self.mode != "before":
            flash.data[start : start + len(data)] = data
        raise PowerCut


def play(sectors: int, size: int, actions: "list[list[Any]]") -> bytearray:
    """After each action, in bytes: outcome (0 done, 1 log full, 2 power cut), number of the next record, count of
    records in the log and their numbers, count of live ones and their numbers."""
    store = Store(Nor(sectors, size), {}, 1)
    trace = bytearray()
    for name, *arguments in actions:
        outcome = 0
        try:
            if name == "append":
                outcome = 0 if store.append(arguments[0]) else 1
            elif name == "kill":
                for number in sorted(store.live)[: arguments[0]]:
                    del store.live[number]
            elif name == "prepare":
                store.prepare()
            elif name == "reopen":
                store.open()
            else:
                Cutter(store.flash, *arguments)
        except PowerCut:
            store.open()
            outcome = 2
        trace.extend(bytes([outcome, store.number]))
        for numbers in (store.check(), sorted(store.live)):
            trace.append(len(numbers))
            trace.extend(bytes(numbers))
    return trace


def wear(sectors: int, size: int, records: int, is_prepared: bool) -> "list[int]":
    """Operations for some records of which none is live, and the lowest and highest erase count of a sector."""
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
    return [
        flash.programs - programs,
        flash.erases - erases,
        erases_in_append,
        min(flash.wear),
        max(flash.wear),
    ]


def reads(sectors: int, size: int, records: int) -> "list[Any]":
    """Chunks that a mount reads."""
    store = Store(Nor(sectors, size), {}, 1)
    for _ in range(records):
        store.append(False)
    before = store.flash.reads
    percents: "list[int]" = []
    log = FlashLog(store.flash)
    log.mount(percents.append)
    return [store.flash.reads - before, percents]


def faulty(faults: "list[str]", after: int) -> "list[Any]":
    """Record 1 stays live; then the flash misbehaves for the next programs. Errors in three appends, and the log."""
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


def bad_sector() -> "list[Any]":
    """A sector takes no record: errors, then the log before and after a restart, and after it takes one again."""
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


def usage() -> "list[list[int]]":
    """Slots in use while records are appended: as counted, as a new mount counts."""
    store = Store(Nor(4, 256), {}, 1)
    counts = []
    for _ in range(40):
        store.append(False)
        log = FlashLog(store.flash)
        log.mount()
        counts.append([store.log.used, log.used])
    return counts


def undone(n: int, mode: str, seed: int) -> "list[int]":
    """Records 1, 2 and 3 are live and must move; the third copy is misread, and the power fails."""
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


def lost_sector(records: int, lost: int) -> "list[Any]":
    """A sector of a log that went round turns to rubbish: numbers in the log before and after, was it the newest."""
    store = Store(Nor(6, 256), {}, 1)
    for _ in range(records):
        pos = store.log.append(kind(store.number), payload(store.number))
        store.number += 1
    before = view(store.flash)
    store.flash.data[lost * 256 : lost * 256 + 256] = bytes(range(256))
    return [before, view(store.flash), pos // 4 == lost]


def bounds() -> "list[Any]":
    """Names of errors, slots in use before and after erase_all(), records after it."""
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


def strange(seed: int) -> "list[list[int]]":
    """A region that never held a log: what a first mount finds, and what is there after some records."""
    flash = Nor(4, 256)
    random = Random(seed)
    for i in range(len(flash.data)):
        flash.data[i] = random.below(256)
    store = Store(flash, {}, 1)
    first = store.check()
    for _ in range(9):
        store.append(True)
    return [first, store.check()]


def contradictory() -> None:
    """Two sectors that both look like the newest one: nothing is guessed."""
    store = Store(Nor(8, 256), {}, 1)
    for _ in range(20):
        store.append(False)
    store.flash.data[256:768] = b"\xff" * 512
    store.open()


def full() -> "list[Any]":
    """Fills the log with live records: operations that the refused append costs, and what is there then."""
    store = Store(Nor(4, 256), {}, 1)
    while store.append(True):
        pass
    operations = store.flash.programs + store.flash.erases
    refused = not store.append(True)
    cost = store.flash.programs + store.flash.erases - operations
    del store.live[5]
    return [refused, cost, store.append(True), store.check()]


def moves() -> "list[list[list[int]]]":
    """(old, new) of each move, and the records' positions in the log's order."""
    told: "list[list[int]]" = []
    log = FlashLog(Nor(3, 256), lambda pos, kind, found: kind == 1, lambda old, new: told.append([old, new]))
    log.mount()
    for number in range(12):
        log.append(1 if number in (1, 3) else 0, bytes([number]))
    return [told, [[pos, found[0]] for pos, _, found in log.records()]]


class Frugal(Nor):
    """Makes no garbage of its own."""

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        for i in range(len(buf)):
            buf[i] = self.data[block * self.size + offset + i]

    def writeblocks(self, block: int, buf: bytes, offset: int = -1) -> None:
        for i in range(len(buf)):
            self.data[block * self.size + offset + i] = buf[i]


def memory() -> int:
    """Bytes of a 32-bit heap that an append leaves behind."""
    log = FlashLog(Frugal(3, 4096))
    log.mount()
    log.append(1, b"x")
    data = bytes(40)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()  # type: ignore[attr-defined]
    for _ in range(50):
        log.append(1, data)
    left: int = gc.mem_alloc() - before  # type: ignore[attr-defined]
    gc.enable()
    return left // 50 // (2 if sys.maxsize > 0x7FFFFFFF else 1)
