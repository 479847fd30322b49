# SPDX-License-Identifier: MIT
"""Before a sale of the very amount that the customer at the counter may have paid already (W1, W4). On loan."""

from micropython import const

from firmware.flows.asking import ask_yes
from firmware.store.journal import ACKED, QR
from firmware.text import money, say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Txn
    from firmware.terminal import Terminal


def _earlier(t: "Terminal", amount: int) -> "Txn | None":
    """A code of this amount: found to be paid since the counter was told that nobody knows, or not known yet."""
    ended = t.ended
    if ended and ended.kind == QR and ended.amount == amount and ended.status == ACKED:
        return ended
    for stan in t.journal.open:
        txn = t.journal.find(stan)
        if txn.kind == QR and txn.amount == amount:
            return txn
    return None


async def is_wanted(t: "Terminal", amount: int) -> bool:
    """False when the operator would rather not; what was told of an earlier one need not be told again."""
    txn = _earlier(t, amount)
    if t.has_told or txn:
        t.ended = None
    if txn is None:
        return True
    title = say("doubt.paid" if txn.status == ACKED else "order.unknown")
    return await ask_yes(t, title, "%s  %06d\n%s" % (money(amount), txn.stan, say("doubt.ask")))
