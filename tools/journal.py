# SPDX-License-Identifier: MIT
"""Reads a terminal's journal from the raw flash region, independently of the firmware's own replay.

Every 64-byte slot with a good CRC counts; the highest sequence number of a (batch ordinal, STAN) wins, and of the
state records the highest of all. Used to compare the terminal's books with the host's.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

SLOT: Final = 64
_SEQUENCE_MASK: Final = 0x3FFF_FFFF
_LENGTH_MASK: Final = 0x3F
KIND_STATE: Final = 1
KIND_TXN: Final = 2
_TXN: Final = struct.Struct("<IIIQIBBBBBh12s2sI")
_TXN_SIZES: Final = (45, _TXN.size)  # the shorter ones are of a time without voids
_STATE: Final = struct.Struct("<BBBBBBBIIIIIIHHhHBI")
FORMATS: Final = (_STATE.format, _TXN.format)
"""Of the records of kinds 1 and 2."""
_STATE_NAMES: Final = (
    "code",
    "host_lock",
    "operator",
    "role",
    "shift",
    "attempts",
    "language",
    "epoch",
    "batch",
    "stan_limit",
    "settle_stan",
    "settle_time",
    "clock",
    "notice",
    "parameters",
    "zone",
    "pointer",
    "approvals",
    "lock_end",
)


class Status(IntEnum):
    """State of a transaction on the terminal."""

    QUEUED = 1
    ACKED = 2
    REJECTED = 3
    OPEN = 4
    UNDOING = 5
    UNDONE = 6
    VOIDED = 7


@dataclass(frozen=True)
class JournalRecord:
    """One transaction as the terminal last wrote it; amount in minor units."""

    epoch: int
    batch: int
    stan: int
    amount: int
    status: Status
    operator: int
    de39: str
    kind: int


@dataclass
class JournalImage:
    """What a journal region says: the state record (empty when there is none) and every transaction still in it."""

    state: dict[str, int] = field(default_factory=dict)
    transactions: list[JournalRecord] = field(default_factory=list)

    def batch(self, number: int) -> list[JournalRecord]:
        return [record for record in self.transactions if record.batch == number]


def slots(region: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(sequence, kind, payload) of every slot whose CRC is right."""
    for at in range(0, len(region), SLOT):
        slot = region[at : at + SLOT]
        if struct.unpack_from("<I", slot, SLOT - 4)[0] == zlib.crc32(slot[: SLOT - 4]):
            length = slot[5] & _LENGTH_MASK
            yield struct.unpack_from("<I", slot)[0] & _SEQUENCE_MASK, slot[4], slot[6 : 6 + length]


def live(region: bytes) -> list[tuple[int, bytes]]:
    """(kind, payload) of what counts, oldest first: the newest record of each transaction, the newest state, and every
    record of a kind unknown here."""
    newest: dict[object, tuple[int, int, bytes]] = {}
    for sequence, kind, payload in sorted(slots(region)):
        key: object = sequence
        if kind == KIND_STATE:
            key = "state"
        elif kind == KIND_TXN and len(payload) in _TXN_SIZES:
            key = struct.unpack_from("<I4xI", payload)  # epoch, STAN
        newest[key] = (sequence, kind, payload)
    return [(kind, payload) for _, kind, payload in sorted(newest.values())]


def _record(payload: bytes) -> JournalRecord:
    epoch, batch, stan, amount, _time, status, kind, operator, _shift, _tries, _zone, _rrn, de39, _refers = _TXN.unpack(
        payload.ljust(_TXN.size, b"\0")
    )
    return JournalRecord(epoch, batch, stan, amount, Status(status), operator, de39.decode().strip("\0"), kind)


def read_journal(region: bytes) -> JournalImage:
    """Parse a journal region (any length that is a whole number of slots)."""
    image = JournalImage()
    newest: dict[tuple[int, int], JournalRecord] = {}
    for _sequence, kind, payload in sorted(slots(region)):
        if kind == KIND_STATE and len(payload) == _STATE.size:
            image.state = dict(zip(_STATE_NAMES, _STATE.unpack(payload), strict=True))
        elif kind == KIND_TXN and len(payload) in _TXN_SIZES:
            record = _record(payload)
            newest[record.epoch, record.stan] = record
    image.transactions = sorted(newest.values(), key=lambda record: (record.epoch, record.stan))
    return image
