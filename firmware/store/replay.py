# SPDX-License-Identifier: MIT
"""The journal's replay at power-on: what every record in the region says, oldest first. On loan."""

from micropython import const

from firmware.loader import Loan
from firmware.store.journal import STATE, TRAIL, TXN, Txn
from firmware.store.state import SIGNED_IN

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.store.journal import Journal


def _take(journal: "Journal", pos: int, kind: int, payload: bytes) -> None:
    if kind == STATE:
        journal.found_state(pos, payload)
    elif kind == TRAIL:
        journal.found_trail(pos, payload)
    elif kind == TXN:
        txn = Txn().load(payload)
        if txn.epoch > journal.index_epoch:
            journal.began(txn.epoch)
        if txn.epoch == journal.index_epoch:
            journal.point(txn.stan, pos, txn.status)


def _adopt(journal: "Journal") -> None:
    """The record that opened this batch is lost: its transactions prove that the batch before it was closed."""
    state = journal.state
    for txn in journal.transactions():
        state.epoch, state.batch, state.code = txn.epoch, txn.batch, SIGNED_IN
        state.operator, state.shift = txn.operator, txn.shift
        state.stan_limit = max(state.stan_limit, txn.stan)


def mount(journal: "Journal", progress: "Callable[[int], None] | None") -> None:
    """OSError or ValueError if the region cannot be read."""
    with Loan("flash_log_scan"):
        journal.log.mount(progress)
        for pos, kind, payload in journal.log.records():
            _take(journal, pos, kind, payload)
    if journal.index_epoch > journal.state.epoch:
        _adopt(journal)
    if journal.index_epoch != journal.state.epoch:
        journal.began(journal.state.epoch)
