# SPDX-License-Identifier: MIT
"""A shop's journal on MicroPython: firmware/store/journal over flash in RAM, in calls that a test makes on the wire."""

import gc

from esp32 import Partition
from nor import Nor

from firmware.errors import StoreError
from firmware.store.journal import ACKED, CASH, QUEUED, REJECTED, TXN, Journal, Txn
from firmware.store.totals import totals_of

_FIELDS = ("count", "amount", "waiting", "dropped")
_STATUS = {"acked": (ACKED, b"00"), "rejected": (REJECTED, b"13")}
journal: "Journal | None" = None


class PowerCut(Exception):
    """Not an OSError: nothing may catch it."""


def format(sectors: int, size: int) -> None:
    flash = Partition.flash
    if flash:
        flash.watch = None
    if flash and (flash.sectors, flash.size) == (sectors, size):
        for sector in range(sectors):  # in place, for the heap is the chip's
            flash.ioctl(6, sector)
    else:
        flash = Partition.flash = None
        gc.collect()
        Partition.flash = Nor(sectors, size)
    restart()


def restart() -> "list[object]":
    """A new life over the same flash; what it knows."""
    global journal
    Partition.flash.watch = journal = None
    gc.collect()
    journal = Journal()
    journal.mount()
    return know()


def know() -> "list[object]":
    """State fields, then (STAN, amount, status) of the batch."""
    state = [getattr(journal.state, name) for name in journal.state.NAMES]
    return [state, [[txn.stan, txn.amount, txn.status] for txn in journal.transactions()]]


def stan() -> int:
    return journal.next_stan()


def sell(amount: int) -> int:
    txn = Txn()
    state = journal.state
    txn.stan, txn.epoch, txn.batch, txn.amount = journal.next_stan(), state.epoch, state.batch, amount
    txn.time, txn.zone, txn.operator, txn.shift = 800_000_000, -90, 7, 2
    txn.kind, txn.status = CASH, QUEUED
    journal.record(txn)
    return txn.stan


def take(kind: int, status: int, amount: int) -> int:
    """A transaction of any kind, as it stands."""
    txn = Txn()
    txn.stan, txn.epoch, txn.batch, txn.amount = journal.next_stan(), journal.state.epoch, journal.state.batch, amount
    txn.time = txn.zone = txn.operator = txn.shift = 0
    txn.kind, txn.status = kind, status
    journal.record(txn)
    return txn.stan


def take_old(amount: int) -> int:
    """One as it was written before there were voids."""
    stan = take(CASH, ACKED, amount)
    payload = journal.find(stan).pack()
    journal.log.append(TXN, payload[:45])
    return stan


def sums() -> "list[int]":
    found = totals_of(journal)
    return [found.count, found.amount, found.credit_count, found.credit_amount, found.open, found.records]


def unknown() -> "list[int]":
    return journal.open


def settle(which: str) -> int:
    """The oldest queued transaction gets its answer; its STAN, 0 if none is queued."""
    txn = journal.next_queued()
    if txn is None:
        return 0
    txn.status, txn.de39 = _STATUS[which]
    txn.rrn = b"000000000321"
    journal.record(txn)
    return txn.stan


def change(name: str, value: int) -> None:
    journal.change(**{name: value})


def close_batch() -> None:
    state = journal.state
    journal.change(epoch=state.epoch + 1, batch=state.batch + 1)


def churn(count: int) -> None:
    """Changes of the state that drive the ring round."""
    for i in range(count):
        journal.change(clock=i)
        if i % 3 == 0:
            journal.prepare()


def fill() -> "list[object]":
    """Sell until nothing fits; how many, and the error's code."""
    count = 0
    try:
        while True:
            sell(100)
            count += 1
    except StoreError as fault:
        return [count, fault.code]


def is_full() -> bool:
    return journal.is_full


def totals() -> "list[int]":
    found = totals_of(journal)
    return [getattr(found, name) for name in _FIELDS]


def queued() -> int:
    txn = journal.next_queued()
    return txn.stan if txn else 0


def image() -> bytes:
    return bytes(Partition.flash.data)


def cut_after(count: int) -> None:
    """The power goes before the flash operation behind the next `count`."""
    left = [count]

    def watch(_operation: str, _start: int, _data: bytes) -> None:
        if not left[0]:
            raise PowerCut
        left[0] -= 1

    Partition.flash.watch = watch


def day(amounts: "list[int]") -> "list[int]":
    """Sales, answers and a closed batch until the power goes; STANs of the sales that returned."""
    done = []
    try:
        for amount in amounts:
            done.append(sell(amount))
            settle("acked")
        change("code", 2)
        close_batch()
    except PowerCut:
        pass
    return done


def without_region() -> str:
    Partition.flash = None
    try:
        Journal()
    except StoreError as fault:
        return fault.code
    return ""


def unreadable() -> str:
    """Flash that answers with an error."""
    flash = Nor(4, 1024)

    def fail(*_arguments: object) -> None:
        raise OSError(5)

    flash.readblocks = fail
    Partition.flash = flash
    try:
        Journal().mount()
    except StoreError as fault:
        return fault.code
    return ""


def told(payload: bytes) -> "list[bytes]":
    """One more record of the audit trail; all that are kept."""
    journal.append_trail(payload)
    return list(journal.trail())


def spoil_state() -> None:
    """A bit of the newest state record turns."""
    at = journal._state_pos * 64 + 20
    Partition.flash.data[at] ^= 1


def append_odd(size: int) -> None:
    """A transaction record as another version would write it."""
    journal.log.append(2, bytes(size))


def append_old_state(size: int) -> None:
    """The state in the form of an earlier version, which was shorter."""
    journal.log.append(1, journal.state.pack()[:size])
