# SPDX-License-Identifier: MIT
"""What a signed-in terminal offers: its menu, and whether the operator's role may begin it. On loan."""

from micropython import const

from firmware.loader import Loan
from firmware.roles import NO, may
from firmware.text import say
from firmware.ui.menu import Menu

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_ITEMS = (
    "sale",
    "totals",
    "sign_out",
    "support",
    "language",
    "handover",
    "change_pin",
    "order",
    "history",
    "adjust",
    "diagnostics",
    "last_batch",
    "refund",
    "balance",
)
_MENU_MS = const(30_000)
_REFUSAL_MS = const(10_000)


async def allowed(t: "Terminal", item: str) -> str:
    """The journey, "" if the operator's role may not begin it."""
    if may(t.journal.state.role, item) != NO:
        return item
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, say("refused.title"), say("refused.role")).result(_REFUSAL_MS)
    return ""


async def chosen(t: "Terminal") -> str:
    """From the menu; "" for nothing."""
    item = await Menu(t.ui, say("menu"), _ITEMS).result(_MENU_MS)
    return await allowed(t, item) if item in _ITEMS else ""
