# SPDX-License-Identifier: MIT
"""Totals of the batch, replayed from the journal each time they are asked for, never stored beside it."""

from firmware.store.journal import QUEUED, REJECTED, Journal


class Totals:
    """What a settlement states: debits and credits in number and minor units, and what is not uploaded yet."""

    def __init__(self) -> None:
        self.count = self.amount = self.credit_count = self.credit_amount = self.waiting = self.rejected = 0


def totals_of(journal: Journal) -> Totals:
    """Replayed from the records of the batch; rejected ones count for nothing."""
    totals = Totals()
    for txn in journal.transactions():
        if txn.status == REJECTED:
            totals.rejected += 1
            continue
        totals.count += 1
        totals.amount += txn.amount
        if txn.status == QUEUED:
            totals.waiting += 1
    return totals
