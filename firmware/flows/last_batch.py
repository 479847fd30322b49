# SPDX-License-Identifier: MIT
"""The report of the batch that was closed last (W2), from its records, which the ring keeps until it needs the room."""

from micropython import const

from firmware.loader import Loan
from firmware.store.journal import ACKED, TXN, VOID, VOIDED, Txn
from firmware.text import money, say
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.store.journal import Journal
    from firmware.terminal import Terminal

_TIMEOUT_MS = const(60_000)
_STANS = const(999_999)
_FARTHEST = const(65_536)


class _Seen:
    """Numbers that have been there, a bit each from the first one on; they are not far apart."""

    def __init__(self) -> None:
        self._first = 0
        self._bits = bytearray()

    def add(self, stan: int) -> bool:
        """Is it new?"""
        self._first = self._first or stan
        place = (stan - self._first) % _STANS
        if place >= _FARTHEST:
            return True
        if place >> 3 >= len(self._bits):
            self._bits.extend(bytes((place >> 3) + 1 - len(self._bits)))
        bit = 1 << (place & 7)
        is_new = not self._bits[place >> 3] & bit
        self._bits[place >> 3] |= bit
        return is_new


def _records(journal: "Journal") -> "Iterator[Txn]":
    """Each transaction that counts, once; the object is reused."""
    txn = Txn()
    seen = _Seen()
    for _, kind, payload in journal.log.records():
        if kind != TXN:
            continue
        txn.load(payload)
        if txn.epoch + 1 == journal.state.epoch and txn.status in (ACKED, VOIDED) and seen.add(txn.stan):
            yield txn


def _words(journal: "Journal") -> str:
    """A line for the batch, then one for each operator."""
    sums: "dict[int, list[int]]" = {}
    batch = 0
    with Loan("flash_log_scan"):
        for txn in _records(journal):
            batch = txn.batch
            sign = -1 if txn.kind >= VOID else 1
            for who in (-1, txn.operator):
                part = sums.setdefault(who, [0, 0])
                part[0] += 1
                part[1] += sign * txn.amount
    if not sums:
        return say("history.none")
    lines = [say("report.batch", "%06d" % batch)]
    for who in sorted(sums):
        count, amount = sums[who]
        lines.append(say("report.all" if who < 0 else "report.operator", "%03d" % who, count, money(amount)))
    return "\n".join(lines)


async def run(t: "Terminal") -> None:
    words = _words(t.journal)
    await Message(t.ui, say("menu.last_batch"), words).result(_TIMEOUT_MS)
