# SPDX-License-Identifier: MIT
"""The transactions of the batch, newest first, each with its receipt number (W2); from here one is voided (W1)."""

from micropython import const

from firmware import clock
from firmware.host.messages import reference
from firmware.loader import Loan
from firmware.store.journal import ACKED, VOID
from firmware.text import money, say
from firmware.ui.canvas import CENTRE
from firmware.ui.screen import BACK, DOWN, MENU, UP, Screen
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Txn
    from firmware.terminal import Terminal

_TIMEOUT_MS = const(30_000)


def _may_be_voided(txn: "Txn") -> bool:
    """The host has it, as a sale."""
    return txn.kind < VOID and txn.status == ACKED


class _Browse(Screen):
    """`at` counts from the newest one."""

    def __init__(self, t: "Terminal") -> None:
        super().__init__(t.ui)
        self._journal = t.journal
        self._zone = t.journal.state.zone
        self.at = 0

    def txn(self) -> "Txn":
        return self._journal.nth(len(self._journal) - 1 - self.at)

    def draw(self) -> None:
        txn = self.txn()
        local = clock.local(txn.time, self._zone)
        canvas = self.ui.canvas
        canvas.row(1, say("history.title", self.at + 1, len(self._journal)), CENTRE, True)
        canvas.row(2, "%s %s" % (say("kind.%d" % txn.kind), money(txn.amount)), CENTRE)
        what = say("history.void") if _may_be_voided(txn) else ""
        told = "%02d:%02d %s %s" % (local[3], local[4], say("status.%d" % txn.status), what)
        canvas.row(3, told.strip(), CENTRE)
        canvas.row(4, reference(txn), CENTRE)

    def on_key(self, key: str) -> "str | None":
        if key == UP:
            self.at = max(0, self.at - 1)
        elif key == DOWN:
            self.at = min(len(self._journal) - 1, self.at + 1)
        elif key in (BACK, MENU):
            return key
        return None


async def run(t: "Terminal") -> str:
    """The next journey."""
    if not len(t.journal):
        await Message(t.ui, say("menu.history"), say("history.none")).result(_TIMEOUT_MS)
        return ""
    screen = _Browse(t)
    if await screen.result(_TIMEOUT_MS) != MENU:
        return ""
    txn = screen.txn()
    if not _may_be_voided(txn):
        await Message(t.ui, say("void.title"), say("void.not")).result(_TIMEOUT_MS)
        return ""
    with Loan("firmware.host.orders") as orders:
        t.credit = VOID, txn.amount, txn.stan, orders.original(t.session.context, txn)
    return "credit"
