# SPDX-License-Identifier: MIT
"""Behind the power key held down: lock, sign out, switch off."""

from micropython import const

from firmware.lock import IDLE
from firmware.text import say
from firmware.ui.menu import Menu

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_PATIENCE_MS = const(30_000)
_OFF = const("off")


def _items(t: "Terminal") -> "tuple[str, ...]":
    """What the terminal lets anybody do as it is now."""
    reason = t.reason()
    if not reason:
        return ("lock", "sign_out", _OFF)
    return ("sign_out", _OFF) if reason == IDLE else (_OFF,)


async def run(t: "Terminal") -> str:
    """The next journey."""
    items = _items(t)
    item = await Menu(t.ui, say("menu.power"), items).result(_PATIENCE_MS)
    if item == "lock":
        t.facts.is_idle = True
    return item if item in ("sign_out", _OFF) else ""
