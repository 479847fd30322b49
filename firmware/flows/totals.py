# SPDX-License-Identifier: MIT
"""Totals of the batch, replayed from the journal (W2)."""

from micropython import const

from firmware.store.totals import totals_of
from firmware.text import money, say
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


def words_of(t: "Terminal") -> str:
    totals = totals_of(t.journal)
    lines = [say("totals.count", totals.count), say("totals.amount", money(totals.amount))]
    if totals.waiting:
        lines.append(say("totals.waiting", totals.waiting))
    return "\n".join(lines)


async def run(t: "Terminal") -> None:
    await Message(t.ui, say("totals.title"), words_of(t)).result(30_000)
