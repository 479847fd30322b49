# SPDX-License-Identifier: MIT
"""What a log in flash looks like when the power fails: in any operation, before it, torn in it, or after it.

Runs on MicroPython beside lib/flash_log. A record's number is its identity; kind, length and contents follow from it.
`Store` is an owner of a log as the firmware has one; `Audit` looks at every operation that a store causes.
"""

from nor import Nor  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lib.flash_log import FlashLog, LogFull
    from tests_host.unit.fakes.nor import Nor
else:
    from flash_log import FlashLog, LogFull


class PowerCut(Exception):
    """The power is gone. Not an OSError: nothing may catch it."""


class Random:
    """A small generator, the same on every machine."""

    def __init__(self, seed: int) -> None:
        self._state = seed & 0x7FFF

    def below(self, limit: int) -> int:
        self._state = (self._state * 25173 + 13849) & 0xFFFF
        return (self._state >> 3) % limit


def payload(number: int) -> bytes:
    return bytes([number & 0xFF, number >> 8, 0xFF, 0]) + bytes([number * 7 & 0xFF]) * (number * 13 % 51)


def kind(number: int) -> int:
    return number * 5 % 256


def view(flash: Nor) -> "list[int]":
    """Numbers of the records that a mount finds, in the log's order; each with the right contents."""
    log = FlashLog(flash)
    log.mount()
    numbers = []
    for _, found_kind, found in log.records():
        number = found[0] | found[1] << 8
        assert found == payload(number) and found_kind == kind(number), "contents"
        numbers.append(number)
    for i in range(1, len(numbers)):
        assert numbers[i - 1] < numbers[i], "order, or a record twice"
    return numbers


class Store:
    """`live` maps the numbers that the log must keep to their positions."""

    def __init__(self, flash: Nor, live: "dict[int, int]", first: int) -> None:
        self.flash = flash
        self.live = live
        self.number = first  # of the next record
        self.open()

    def open(self) -> None:
        self.log = FlashLog(self.flash, self._is_live, self._moved)
        self.log.mount()
        for pos, _, found in self.log.records():
            number = found[0] | found[1] << 8
            if number in self.live:
                self.live[number] = pos

    def _is_live(self, pos: int, found_kind: int, found: bytes) -> bool:
        number = found[0] | found[1] << 8
        assert found == payload(number) and found_kind == kind(number)
        return self.live.get(number, -1) == pos

    def _moved(self, old: int, new: int) -> None:
        for number in self.live:
            if self.live[number] == old:
                self.live[number] = new
                return
        raise AssertionError("moved what was not live")

    def append(self, is_live: bool) -> bool:
        """Append the next record; False: LogFull."""
        number = self.number
        self.number += 1
        try:
            pos = self.log.append(kind(number), payload(number))
        except LogFull as error:
            assert error.errno == 28
            assert len(self.live) == self.log.capacity, "full too early"
            return False
        assert self.log.read(pos) == (kind(number), payload(number))
        if is_live:
            self.live[number] = pos
        return True

    def prepare(self) -> bool:
        try:
            return self.log.prepare()
        except LogFull:
            assert len(self.live) == self.log.capacity, "full too early"
            return False

    def check(self) -> "list[int]":
        """The view of the log, after making sure that the store's positions are right."""
        for number in self.live:
            assert self.log.read(self.live[number]) == (kind(number), payload(number)), "position"
        numbers = view(self.flash)
        here = [found[0] | found[1] << 8 for _, _, found in self.log.records()]
        for number in numbers:  # what prepare() let go counts until the next append
            assert number in here or number not in self.live, "live record lost"
        for number in here:
            assert number in numbers, "not what a new mount sees"
        for number in self.live:
            assert number in here, "live record lost"
        return numbers


def torn_programs(data: bytes, lengths: "list[int]", random: Random) -> "Iterator[bytes]":
    """What a program leaves behind: a prefix, a prefix and some bits of the next byte, bytes here and there."""
    for n in lengths:
        yield data[:n]
        yield data[:n] + bytes([data[n] | random.below(256)])
    yield bytes([byte if random.below(2) else 0xFF for byte in data])


def torn_erases(old: bytearray, random: Random) -> "Iterator[bytes | bytearray]":
    """What an erase leaves behind: slots of the old contents, of FF and of anything.

    One buffer is used for several.
    """
    slots = len(old) // 64
    yield old
    yield b"\xff" * len(old)
    mixed = bytearray(len(old))
    for i in range(len(old)):
        mixed[i] = random.below(256)
    yield mixed
    for keep in range(1, 8):
        mixed[:] = old
        for slot in range(slots):
            what = random.below(8)
            start = slot * 64
            if what > keep:
                mixed[start : start + 64] = b"\xff" * 64
            elif what == keep:
                for i in range(start + random.below(64), start + 64):
                    mixed[i] = random.below(256)
        yield mixed
    for start in (0, 64 * (slots - 1)):  # all but one slot, only one slot
        mixed[:] = old
        mixed[start : start + 64] = b"\xff" * 64
        yield mixed
        mixed[:] = b"\xff" * len(old)
        mixed[start : start + 64] = old[start : start + 64]
        yield mixed


class Audit:
    """Watches a store's flash. After every possible end of each operation a mount must find either what it found before
    the operation or what it finds after it; what an operation changes may only be one record more at the end, or
    dead records less. `cases` counts ends, `resumed` how many of them the log was used on from."""

    def __init__(self, store: Store, lengths: "list[int]", every: int, depth: int = 1) -> None:
        self._store = store
        self._lengths = lengths
        self._every = every  # resume from each n-th end
        self._depth = depth  # power cuts in a row
        self._random = Random(store.number * 31 + depth)
        self._known = view(store.flash)
        self._end = store.flash.fork()
        self.cases = self.resumed = 0
        store.flash.watch = self._look

    def _look(self, operation: str, start: int, data: bytes) -> None:
        flash = self._store.flash
        before = self._known
        end = self._end
        end.data[:] = flash.data
        if operation == "program":
            end.program(start, data)
            remains: "Iterator[bytes | bytearray]" = torn_programs(data, self._lengths, self._random)
        else:
            end.ioctl(6, start // flash.size)
            remains = torn_erases(flash.data[start : start + flash.size], self._random)
        after = self._known = view(end)
        self._compare(before, after)
        self._resume(after)
        for remainder in remains:
            end.data[:] = flash.data
            end.data[start : start + len(remainder)] = remainder
            found = view(end)
            assert found in (before, after), "torn"
            self._resume(found)
        end.data[:] = flash.data
        self._resume(before)

    def _compare(self, before: "list[int]", after: "list[int]") -> None:
        new = [number for number in after if number not in before]
        assert new == [] or new == [self._store.number - 1], "new record"
        for number in before:
            assert number in after or number not in self._store.live, "live record lost"

    def _resume(self, found: "list[int]") -> None:
        """Use the log on after a power cut: it takes records, keeps what is live, and brings nothing back."""
        self.cases += 1
        if self.cases % self._every:
            return
        self.resumed += 1
        live = dict(self._store.live)
        store = Store(self._end, live, self._store.number)
        if self._depth > 1:
            audit = Audit(store, [1, 40], 1 << 20, self._depth - 1)
        first = store.number
        for _ in range(self._end.size // 64 + 2):
            assert store.append(False) or len(live) == store.log.capacity
            while store.prepare():
                pass
        now = store.check()
        for number in now:
            assert number in found or number >= first, "a dead record came back"
        if self._depth > 1:
            self.cases += audit.cases
            self._end.watch = None


def keep(policy: str, number: int) -> bool:
    """Is the record that comes next live?"""
    if policy == "latest":
        return True
    if policy == "some":
        return number % 3 == 0
    if policy == "clump":  # phases in which everything is live, until the log is full
        return number // 64 % 2 == 0
    return False


def kill(policy: str, store: Store, is_full: bool) -> None:
    """What dies after an append."""
    live = store.live
    numbers = sorted(live)
    if policy == "latest":  # the newest of three states
        doomed = numbers[:-3]
    elif policy == "some":
        doomed = numbers[:-4]
    else:
        doomed = numbers if is_full else []
    for number in doomed:
        del live[number]


def exhaust(
    policy: str, sectors: int, size: int, records: int, lengths: "list[int]", every: int, depth: int
) -> "list[int]":
    """A script that goes round the ring, audited: ends looked at, resumed from, programs, erases, times full."""
    store = Store(Nor(sectors, size), {}, 1)
    audit = Audit(store, lengths, every, depth)
    full = 0
    for _ in range(records):
        is_live = keep(policy, store.number)
        is_full = not store.append(is_live)
        full += is_full
        kill(policy, store, is_full)
        if store.number % 5 < 2:
            while store.prepare():
                pass
        if store.number % 17 == 0:
            store.open()
    store.check()
    return [audit.cases, audit.resumed, store.flash.programs, store.flash.erases, full]
