# SPDX-License-Identifier: MIT
"""A damaged journal under the terminal's store: StoreError, or records and a state that were once written; and what is
written from then on is there after a restart. Every eighth damage has a good CRC, where no exception is all there is.
"""

import binascii
import gc
import struct

import esp32
import mutate
from drive import Finding

from firmware.errors import StoreError
from firmware.store.journal import ACKED, CASH, QUEUED, REJECTED, Journal, Txn
from firmware.store.state import SETTLING, SIGNED_IN, SIGNED_OUT, State
from firmware.store.totals import totals_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SLOT, _SECTOR = 64, 4096
_RESIDUE = 0x2144DF1C
_FORGED = 7
_MOVING = (3, 4, 7)


def _sell(journal: Journal, amount: int) -> int:
    txn, state = Txn(), journal.state
    txn.stan, txn.epoch, txn.batch, txn.amount = journal.next_stan(), state.epoch, state.batch, amount
    txn.time, txn.zone, txn.operator, txn.shift, txn.kind, txn.status = 848_451_600, 480, 1, 1, CASH, QUEUED
    journal.record(txn)
    return txn.stan


def _answer(journal: Journal, status: int, code: bytes) -> None:
    txn = journal.next_queued()
    if txn is not None:
        txn.status, txn.de39, txn.rrn = status, code, b"000000000321"
        journal.record(txn)


def work(batches: int) -> None:
    """Days at a counter, until the ring has gone round; the last one is not over yet."""
    journal = Journal()
    journal.mount()
    journal.change(batch=1)
    for day in range(batches):
        journal.change(code=SIGNED_IN, operator=1, shift=1, clock=848_451_600 + day)
        for amount in range(1, 31):
            _sell(journal, amount * 100 + day)
            if amount % 3:
                _answer(journal, REJECTED if amount % 10 == 1 else ACKED, b"13" if amount % 10 == 1 else b"00")
            if amount % 5 == 0:
                journal.prepare()
        if day < batches - 1:
            while journal.next_queued() is not None:
                _answer(journal, ACKED, b"00")
            journal.change(code=SETTLING)
            state = journal.state
            journal.change(code=SIGNED_OUT, epoch=state.epoch + 1, batch=state.batch + 1)
    journal.log._part.close()


def _slots(data: bytes) -> "set[bytes]":
    """Payloads of the slots with a good CRC."""
    view = memoryview(data)
    slots = [view[at : at + _SLOT] for at in range(0, len(data), _SLOT)]
    return {bytes(slot[6 : 6 + (slot[5] & 0x3F)]) for slot in slots if binascii.crc32(slot) == _RESIDUE}


def _is_proved(journal: Journal) -> bool:
    """A batch whose opening record is lost, told from its transactions."""
    state = journal.state
    stories = {(txn.epoch, txn.batch) for txn in journal.transactions()}
    return state.code == SIGNED_IN and stories == {(state.epoch, state.batch)}


class Part:
    """`order["regions"]` are files, blank at first: made by so many days of work as their names' last character."""

    def __init__(self, order: "dict[str, Any]") -> None:
        self._bases: "list[tuple[bytes, set[bytes]]]" = []
        for path in order["regions"]:
            esp32.Partition.path = path
            work(int(path[-1]))
            with open(path, "rb") as file:
                data = file.read()
            self._bases.append((data, _slots(data)))
        esp32.Partition.path = order["region"]
        self._fresh = State().pack()
        self.shown = b""
        self.counts = {
            "mounted": 0,
            "fault": 0,
            "nothing left": 0,
            "goes on": 0,
            "later work lost": 0,
        }
        self._is_moved = False

    def case(self, n: int) -> None:
        base, written = self._bases[mutate.below(len(self._bases))]
        data = bytearray(base)
        self._is_moved = False
        for _ in range(1 + mutate.below(4)):
            self._damage(data)
        is_forged = n % 8 == _FORGED
        if is_forged:
            self._forge(data)
        with open(esp32.Partition.path, "wb") as file:
            file.write(data)
        del data
        gc.collect()
        journal = self._mounted()
        if journal is not None:
            try:
                self._judge(journal, written, is_forged)
            finally:
                journal.log._part.close()

    def _damage(self, data: bytearray) -> None:
        way = mutate.below(9)
        at = mutate.below(len(data))
        sector = at // _SECTOR * _SECTOR
        other = mutate.below(len(data) // _SECTOR) * _SECTOR
        slot = at // _SLOT * _SLOT
        self._is_moved = self._is_moved or way in _MOVING
        if way == 0:
            data[at] ^= 1 << mutate.below(8)
        elif way == 1:
            data[slot : slot + _SLOT] = bytes(_SLOT)
        elif way == 2:
            size = min(1 + mutate.below(600), len(data) - at)
            data[at : at + size] = (b"\xff" if mutate.below(2) else b"\x00") * size
        elif way == 3:
            kept = bytes(data[sector : sector + _SECTOR])
            data[sector : sector + _SECTOR] = data[other : other + _SECTOR]
            data[other : other + _SECTOR] = kept
        elif way == 4:
            data[other : other + _SECTOR] = data[sector : sector + _SECTOR]
        elif way == 5:
            data[at : slot + _SLOT] = b"\xff" * (slot + _SLOT - at)  # torn while it was written
        elif way == 6:
            data[sector:at] = b"\xff" * (at - sector)  # torn while it was erased
        elif way == 7:
            data[at:] = b"\xff" * (len(data) - at)
        else:
            data[at : at + 40] = mutate.noise(len(data[at : at + 40]))

    def _forge(self, data: bytearray) -> None:
        """A slot with something else in it and a good CRC."""
        slot = mutate.below(len(data) // _SLOT) * _SLOT
        data[slot + mutate.below(60)] ^= 1 << mutate.below(8)
        if mutate.below(2):
            data[slot + 5] = mutate.below(256)
        struct.pack_into("<I", data, slot + 60, binascii.crc32(memoryview(data)[slot : slot + 60]))

    def _mounted(self) -> "Journal | None":
        journal = Journal()
        try:
            journal.mount()
        except StoreError as fault:
            journal.log._part.close()
            self.counts["fault"] += 1
            if fault.code != "J1":
                raise Finding("fault " + fault.code)
            return None
        self.counts["mounted"] += 1
        return journal

    def _judge(self, journal: Journal, written: "set[bytes]", is_forged: bool) -> None:
        state = journal.state.pack()
        if state == self._fresh:
            self.counts["nothing left"] += 1
        elif state not in written and not is_forged and not _is_proved(journal):
            raise Finding("a state that was never written")
        if is_forged:
            totals_of(journal)
            journal.next_queued()
            return
        for txn in journal.transactions():
            if txn.pack() not in written:
                raise Finding("a transaction that was never written")
        totals_of(journal)
        journal.next_queued()
        self._go_on(journal)

    def _go_on(self, journal: Journal) -> None:
        """Work after the damage is as durable as before it, or refused."""
        numbers = [txn.stan for txn in journal.transactions()]
        try:
            journal.change(operator=77)
            stan = _sell(journal, 4711)
        except StoreError:
            return
        journal.log._part.close()
        again = Journal()
        again.mount()
        last = 0
        for txn in again.transactions():
            last = txn.amount
        again.log._part.close()
        is_kept = again.state.operator == 77 and last == 4711 and len(again) > len(numbers)
        if stan in numbers:
            raise Finding("a number was used again")
        if not is_kept and self._is_moved:
            self.counts["later work lost"] += 1  # whole sectors elsewhere or gone: no flash does that by itself
            return
        if not is_kept:
            raise Finding("what was written after the damage is gone")
        self.counts["goes on"] += 1
