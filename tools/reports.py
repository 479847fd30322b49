# SPDX-License-Identifier: MIT
"""Shift totals (X, the open batch) and the last closed batch (Z) from a terminal's journal, by operator (mission W2).

The rules of the settlement: what was rejected or undone counts for nothing, what is not known how it ended is named
apart, voids and refunds are credits. Amounts in minor units.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tools.journal import JournalImage, JournalRecord, Status

DROPPED: Final = (Status.REJECTED, Status.UNDONE)
UNKNOWN: Final = (Status.OPEN, Status.UNDOING)
_CREDITS: Final = (3, 4)
KINDS: Final = {1: "cash", 2: "QR", 3: "void", 4: "refund"}
WORDS: Final = {
    Status.QUEUED: "not uploaded",
    Status.ACKED: "acknowledged",
    Status.REJECTED: "rejected",
    Status.OPEN: "not known",
    Status.UNDOING: "being undone",
    Status.UNDONE: "undone",
    Status.VOIDED: "voided",
}


@dataclass(frozen=True)
class Sums:
    """Of any transactions."""

    sales: int = 0
    sales_minor: int = 0
    credits: int = 0
    credits_minor: int = 0
    not_uploaded: int = 0
    unknown: int = 0

    @property
    def net_minor(self) -> int:
        return self.sales_minor - self.credits_minor


@dataclass(frozen=True)
class Report:
    """One batch: `letter` is X while it is open and Z when it is closed; by operator, and all."""

    letter: str
    batch: int
    operators: dict[str, Sums]
    total: Sums
    records: list[JournalRecord]


def sums_of(records: Iterable[JournalRecord]) -> Sums:
    counted = [record for record in records if record.status not in DROPPED]
    known = [record for record in counted if record.status not in UNKNOWN]
    credited = [record.amount for record in known if record.kind in _CREDITS]
    sold = [record.amount for record in known if record.kind not in _CREDITS]
    waiting = sum(record.status is Status.QUEUED for record in known)
    return Sums(len(sold), sum(sold), len(credited), sum(credited), waiting, len(counted) - len(known))


def _report(letter: str, batch: int, records: list[JournalRecord]) -> Report:
    numbers = sorted({record.operator for record in records})
    operators = {f"{who:03d}": sums_of(record for record in records if record.operator == who) for who in numbers}
    return Report(letter, batch, operators, sums_of(records), records)


def reports_of(image: JournalImage) -> list[Report]:
    """X, and Z where the journal still has a closed batch."""
    epoch, batch = image.state.get("epoch", 0), image.state.get("batch", 0)
    closed = [record for record in image.transactions if record.epoch == epoch - 1]
    found = [_report("X", batch, [record for record in image.transactions if record.epoch == epoch])]
    return found + ([_report("Z", closed[0].batch, closed)] if closed else [])


def receipt_of(record: JournalRecord) -> str:
    """The number on the receipt: batch and STAN."""
    return f"{record.batch:06d}{record.stan:06d}"
