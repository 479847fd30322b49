# SPDX-License-Identifier: MIT
"""The journal: transactions and the state record in the raw `journal` region; owns that region.

Every state change of a transaction is one record of 64 bytes, durable before anything is sent. What the terminal
knows is the replay of these records: the newest one of a (batch, STAN) wins, so replaying one twice changes nothing.
"""

import struct
from array import array

import esp32
from micropython import const

from firmware.errors import StoreError
from firmware.loader import Loan, forget
from firmware.store.record import Record
from firmware.store.state import State
from flash_log import FlashLog, LogFull

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

STATE = 1  # kinds of records
TXN = 2
TRAIL = 3

# States of a transaction
QUEUED = const(1)  # recorded, not yet acknowledged by the host
ACKED = const(2)
REJECTED = const(3)
OPEN = const(4)  # asked of the host, and not known how it ended
UNDOING = const(5)  # to be reversed
UNDONE = const(6)  # no money moved
VOIDED = const(7)  # acknowledged, and given back by a record of its own

CASH = const(1)  # kinds of transactions
QR = const(2)
VOID = const(3)
REFUND = const(4)

_CHAIN = const(8)
_WITHOUT_VOIDS = const(45)  # bytes of such a record
_TRAIL_KEPT = const(48)  # while the host cannot be reached no more are kept
_POS_BITS = const(12)  # 4,096 slots in 256 KiB
_POS_MASK = const(0xFFF)
_STAN_STEP = const(16)
_MOVE = const("flash_log_move")  # loaded by the log when a sector is full, and not needed for long
_STAN_LAST = const(999_999)
BATCH_LIMIT = const(900)


class Txn(Record):
    """One transaction as journalled; `amount` in minor units, `time` in s since 2000-01-01 UTC, `zone` in minutes."""

    FORMAT = "<IIIQIBBBBBh12s2sI"
    NAMES = (
        "epoch",
        "batch",
        "stan",
        "amount",
        "time",
        "status",
        "kind",
        "operator",
        "shift",
        "tries",
        "zone",
        "rrn",
        "de39",
        "refers",
    )

    if TYPE_CHECKING:
        epoch: int
        batch: int
        stan: int
        amount: int
        time: int
        status: int
        kind: int
        operator: int
        shift: int
        zone: int
        refers: int

    def __init__(self) -> None:
        self.tries = self.refers = 0  # `refers`: STAN of what a void gives back
        self.rrn = self.de39 = b""
        self.ordinal = 0  # place in the batch; not stored

    def load(self, payload: bytes) -> "Any":
        """As before; records of a time without voids refer to nothing."""
        return super().load(payload + bytes(4) if len(payload) == _WITHOUT_VOIDS else payload)


class Journal:
    """`state` is the current state record, changed only through `change`."""

    def __init__(self) -> None:
        found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")
        if not found:
            raise StoreError("J1")
        self.state = State()
        self._state_pos = -1
        self._index = array("I")  # stan << 12 | position of its newest record, current batch only
        self.index_epoch = 0
        self.open: "list[int]" = []  # STANs of this batch of which it is not known how they ended
        self._stan = 0
        self.trail_head = (0, bytes(_CHAIN))  # number and chain of the newest record of the audit trail
        self._trail = array("H")  # positions of the newest ones
        self._settled = 0  # transactions before this one are known to need no upload
        self._txn = Txn()
        self._is_readable = False  # nothing is written over what could not be read
        self.log = FlashLog(found[0], self._is_live, self._moved)

    def mount(self, progress: "Callable[[int], None] | None" = None) -> None:
        """Find head and tail, replay; StoreError J1 if the region cannot be read."""
        try:
            with Loan("firmware.store.replay") as replay:
                replay.mount(self, progress)
        except (OSError, ValueError):
            raise StoreError("J1") from None
        self._stan = self.state.stan_limit  # numbers reserved before the restart may have been used
        self._is_readable = True

    def began(self, epoch: int) -> None:
        """The newest batch that is known of: none of its transactions yet."""
        self._index = array("I")
        self.open = []
        self.index_epoch = epoch
        self._settled = 0

    def found_state(self, pos: int, payload: bytes) -> None:
        self.state.load(payload)
        self._state_pos = pos

    def found_trail(self, pos: int, payload: bytes) -> None:
        self.trail_head = (struct.unpack_from(">I", payload)[0], payload[-_CHAIN:])
        if len(self._trail) >= _TRAIL_KEPT:
            self._trail = self._trail[1:]
        self._trail.append(pos)

    def append_trail(self, payload: bytes) -> None:
        """A record of firmware.store.trail."""
        self.found_trail(self._append(TRAIL, payload), payload)

    def trail(self) -> "Iterator[bytes]":
        """The newest records of the audit trail, oldest first."""
        for i in range(len(self._trail)):
            yield self.log.read(self._trail[i])[1]

    def _find(self, stan: int) -> int:
        for i in range(len(self._index) - 1, -1, -1):
            if self._index[i] >> _POS_BITS == stan:
                return i
        return -1

    def point(self, stan: int, pos: int, status: int) -> None:
        """The newest record of a transaction lies there."""
        if stan in self.open:
            self.open.remove(stan)
        if status in (OPEN, UNDOING):
            self.open.append(stan)
        entry = stan << _POS_BITS | pos
        at = self._find(stan)
        if at < 0:
            self._index.append(entry)
        else:
            self._index[at] = entry

    def _is_live(self, pos: int, kind: int, payload: bytes) -> bool:
        """May the ring forget this record? The newest state, the newest of each transaction of this batch, and the
        settled ones of the batch before it (for reprint and dispute) stay."""
        if kind == STATE:
            return pos == self._state_pos
        if kind == TRAIL:
            return pos in list(self._trail)  # MicroPython's arrays know no `in`
        epoch, _batch, stan = struct.unpack_from("<III", payload)
        if epoch == self.state.epoch:
            at = self._find(stan)
            return at >= 0 and self._index[at] & _POS_MASK == pos
        self._txn.load(payload)
        return epoch + 1 == self.state.epoch and self._txn.status != QUEUED

    def _moved(self, old: int, new: int) -> None:
        if old == self._state_pos:
            self._state_pos = new
            return
        for i in range(len(self._trail)):
            if self._trail[i] == old:
                self._trail[i] = new
                return
        for i in range(len(self._index)):
            if self._index[i] & _POS_MASK == old:
                self._index[i] = self._index[i] >> _POS_BITS << _POS_BITS | new
                return

    def _append(self, kind: int, payload: bytes) -> int:
        if not self._is_readable:
            raise StoreError("J1")
        try:
            return self.log.append(kind, payload)
        except LogFull:
            raise StoreError("J2") from None
        except OSError:
            raise StoreError("J1") from None
        finally:
            forget(_MOVE)

    def change(self, **fields: int) -> None:
        """Make a change of the state durable, then visible."""
        state = self.state
        before = state.pack()
        for name in fields:
            setattr(state, name, fields[name])
        try:
            self._state_pos = self._append(STATE, state.pack())
        except StoreError:
            state.load(before)
            raise
        if state.epoch != self.index_epoch:
            self.began(state.epoch)

    def check_state(self) -> None:
        """Read the state record back from flash; StoreError J1 if it is not what it should be."""
        if self.log.read(self._state_pos)[1] != self.state.pack():
            raise StoreError("J1")

    def next_stan(self) -> int:
        """A STAN never used before in this batch; reserved in flash sixteen at a time."""
        self._stan = self._stan + 1 if self._stan < _STAN_LAST else 1
        while self._find(self._stan) >= 0:  # the newest reservation may have been lost
            self._stan = self._stan + 1 if self._stan < _STAN_LAST else 1
        limit = self.state.stan_limit
        if self._stan > limit or limit - self._stan >= _STAN_STEP:
            self.change(stan_limit=min(self._stan + _STAN_STEP - 1, _STAN_LAST))
        return self._stan

    @property
    def is_full(self) -> bool:
        """Settlement is due. With the closed batch that is kept beside it this many leave half of the ring free."""
        return len(self._index) >= BATCH_LIMIT

    @property
    def used_percent(self) -> int:
        return len(self._index) * 100 // BATCH_LIMIT

    def __len__(self) -> int:
        """Transactions of the current batch."""
        return len(self._index)

    def record(self, txn: Txn) -> None:
        """Make a transaction, or a new state of it, durable."""
        self.point(txn.stan, self._append(TXN, txn.pack()), txn.status)

    def transactions(self) -> "Iterator[Txn]":
        """The newest record of each transaction of the batch, oldest transaction first; the object is reused."""
        txn = self._txn
        for i in range(len(self._index)):
            txn.load(self.log.read(self._index[i] & _POS_MASK)[1])
            yield txn

    def nth(self, ordinal: int) -> Txn:
        """A copy of the newest record of a transaction of this batch."""
        txn = Txn()
        txn.load(self.log.read(self._index[ordinal] & _POS_MASK)[1])
        txn.ordinal = ordinal
        return txn

    def find(self, stan: int) -> Txn:
        """The same by its number; StoreError J1 if its record is lost."""
        ordinal = self._find(stan)
        if ordinal < 0:
            raise StoreError("J1")
        return self.nth(ordinal)

    def next_queued(self) -> "Txn | None":
        """The oldest transaction that the host has not acknowledged."""
        while self._settled < len(self._index):
            txn = self.nth(self._settled)
            if txn.status == QUEUED:
                return txn
            self._settled += 1
        return None

    def prepare(self) -> None:
        """In idle time: erase ahead, so that no transaction waits for an erase."""
        try:
            self.log.prepare()
        except LogFull:
            pass  # said when a record is refused
        finally:
            forget(_MOVE)
