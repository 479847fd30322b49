# SPDX-License-Identifier: MIT
"""Totals of the batch, replayed from the journal each time they are asked for, never stored beside it."""

from firmware.store.journal import OPEN, QUEUED, REFUND, REJECTED, UNDOING, UNDONE, VOID, Journal


class Totals:
    """What a settlement states: debits and credits in number and minor units; what is not uploaded, not known yet."""

    def __init__(self) -> None:
        self.count = self.amount = self.credit_count = self.credit_amount = 0
        self.waiting = self.open = self.dropped = 0

    @property
    def records(self) -> int:
        """How many the host has to hold."""
        return self.count + self.credit_count


def totals_of(journal: Journal, operator: int = -1) -> Totals:
    """Of the batch, or of one operator in it; what was rejected or undone counts for nothing."""
    totals = Totals()
    for txn in journal.transactions():
        if operator not in (-1, txn.operator):
            continue
        if txn.status in (REJECTED, UNDONE):
            totals.dropped += 1
        elif txn.status in (OPEN, UNDOING):
            totals.open += 1
        elif txn.kind in (VOID, REFUND):
            totals.credit_count += 1
            totals.credit_amount += txn.amount
        else:
            totals.count += 1
            totals.amount += txn.amount
            totals.waiting += txn.status == QUEUED
    return totals
