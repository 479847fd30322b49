# SPDX-License-Identifier: MIT
"""Diagnostics 诊断 (W6): how the terminal is, the way to the host and back, keys and display to be tried by hand.

Works while locked: nothing of it needs a PIN, and a terminal that does not come to work needs it most.
"""

from micropython import const

from firmware.loader import Loan
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_ITEMS = ("facts", "echo", "keys", "display")
_PATIENCE_MS = const(30_000)


async def _choose(t: "Terminal", at: int) -> str:
    with Loan("firmware.ui.menu") as menu:
        return await menu.Menu(t.ui, say("menu.diagnostics"), _ITEMS, at).result(_PATIENCE_MS)


async def run(t: "Terminal") -> None:
    at = 0
    while True:
        item = await _choose(t, at)
        if item not in _ITEMS:
            return
        at = _ITEMS.index(item)
        with Loan("firmware.flows.diagnose_" + item) as part:
            await part.run(t)
