# SPDX-License-Identifier: MIT
"""Totals of the batch, all of it and by operator, replayed from the journal (W2)."""

from micropython import const

from firmware.store.totals import totals_of
from firmware.text import money, say
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


def words_of(t: "Terminal") -> str:
    totals = totals_of(t.journal)
    lines = [say("totals.count", totals.records), say("totals.amount", money(totals.amount - totals.credit_amount))]
    if totals.credit_count:
        lines.append(say("totals.credit", totals.credit_count, money(totals.credit_amount)))
    if totals.waiting:
        lines.append(say("totals.waiting", totals.waiting))
    if totals.open:
        lines.append(say("ready.open", totals.open))
    return "\n".join(lines)


def _by_operator(t: "Terminal") -> str:
    lines = []
    for who in sorted({txn.operator for txn in t.journal.transactions()}):
        totals = totals_of(t.journal, who)
        words = money(totals.amount - totals.credit_amount)
        lines.append(say("report.operator", "%03d" % who, totals.records, words))
    return "\n".join(lines)


async def run(t: "Terminal") -> None:
    words = words_of(t) + "\n" + _by_operator(t)
    await Message(t.ui, say("totals.title"), words.strip()).result(30_000)
