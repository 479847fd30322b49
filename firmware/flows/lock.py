# SPDX-License-Identifier: MIT
"""The lock screen: icon, reason, what leads out of it; every function that is asked for here is refused by name."""

from firmware.app import run_flow
from firmware.lock import LIGHTS, SIGN_IN, UNPROVISIONED
from firmware.text import say
from firmware.ui import light
from firmware.ui.canvas import CENTRE
from firmware.ui.screen import ENTER, MENU, Screen
from firmware.ui.screens import Menu, Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_ICON_LOCK = "\ue000"
_LANGUAGE = "language"
_OFF = "off"
_SUPPORT = "support"
_ITEMS = ("sign_in", "sale", "totals", "sign_out", _SUPPORT, _LANGUAGE, _OFF)


class _Locked(Screen):
    """Stands until ENTER, MENU, or until the reason has changed."""

    def __init__(self, t: "Terminal", reason: str) -> None:
        super().__init__(t.ui)
        self._t = t
        self._reason = reason

    def draw(self) -> None:
        t = self._t
        t.show_status()
        canvas = self.ui.canvas
        canvas.row(1, say("lock.title", _ICON_LOCK), CENTRE)
        canvas.row(2, say("lock." + self._reason, t.facts.fault), CENTRE, True)
        canvas.row(3, say("terminal", t.settings["tid"] if t.settings else "-"), CENTRE)
        canvas.row(4, say("hint.lock" if self._reason == SIGN_IN else "out." + self._reason), CENTRE)
        self.ui.light(LIGHTS.get(self._reason, light.LOCKED))

    def on_poke(self) -> "str | None":
        return "changed" if self._t.reason() != self._reason else None

    def on_key(self, key: str) -> "str | None":
        return key if key in (ENTER, MENU) else None


async def _refuse(t: "Terminal", reason: str) -> None:
    await Message(t.ui, say("refused.title"), say("refused." + reason)).result(10_000)


async def run(t: "Terminal", reason: str) -> None:
    """Until something was done that may have changed the reason."""
    key = await _Locked(t, reason).result()
    if key == ENTER and reason == SIGN_IN:
        await run_flow(t, "sign_in")
    elif key == MENU:
        item = await Menu(t.ui, say("menu"), _ITEMS).result(30_000)
        if item in (_LANGUAGE, _OFF) or item == _SUPPORT and reason != UNPROVISIONED:
            await run_flow(t, item)
        elif item == "sign_in" and reason == SIGN_IN:
            await run_flow(t, item)
        elif item in _ITEMS:
            await _refuse(t, reason)
