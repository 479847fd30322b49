# SPDX-License-Identifier: MIT
"""The journal's replay at power-on: what every record in the region says, oldest first. On loan."""

from micropython import const

from firmware.errors import StoreError
from firmware.loader import Loan
from firmware.store.journal import ACKED, STATE, TRAIL, TXN, VOID, VOIDED, Txn
from firmware.store.state import SIGNED_IN

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.store.journal import Journal


def _take(journal: "Journal", pos: int, kind: int, payload: bytes, voids: "list[int]") -> None:
    if kind == STATE:
        journal.found_state(pos, payload)
    elif kind == TRAIL:
        journal.found_trail(pos, payload)
    elif kind == TXN:
        txn = Txn().load(payload)
        if txn.epoch > journal.index_epoch:
            journal.began(txn.epoch)
            voids.clear()
        if txn.epoch == journal.index_epoch:
            journal.point(txn.stan, pos, txn.status)
            if txn.kind == VOID and txn.status == ACKED:
                voids.append(txn.refers)


def _adopt(journal: "Journal") -> None:
    """The record that opened this batch is lost: its transactions prove that the batch before it was closed."""
    state = journal.state
    for txn in journal.transactions():
        state.epoch, state.batch, state.code = txn.epoch, txn.batch, SIGNED_IN
        state.operator, state.shift = txn.operator, txn.shift
        state.stan_limit = max(state.stan_limit, txn.stan)


def mend(journal: "Journal", voids: "list[int]") -> None:
    """Power failed between the record of a void and the mark on what it gave back."""
    for stan in voids:
        try:
            original = journal.find(stan)
            if original.status == ACKED:
                original.status = VOIDED
                journal.record(original)
        except (OSError, StoreError):
            pass  # damaged, or no room: the host knows that it was given back


def mount(journal: "Journal", progress: "Callable[[int], None] | None") -> "list[int]":
    """STANs that voids of this batch have given back. OSError or ValueError if the region cannot be read."""
    voids: "list[int]" = []
    with Loan("flash_log_scan"):
        journal.log.mount(progress)
        for pos, kind, payload in journal.log.records():
            _take(journal, pos, kind, payload, voids)
    if journal.index_epoch > journal.state.epoch:
        _adopt(journal)
    if journal.index_epoch != journal.state.epoch:
        journal.began(journal.state.epoch)
        voids.clear()
    return voids
