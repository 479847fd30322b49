# SPDX-License-Identifier: MIT
"""Each key tried by hand: what has been pressed is shown, until it was all of them."""

from micropython import const

from firmware.text import say
from firmware.ui.canvas import CENTRE
from firmware.ui.screen import BACK, CANCEL, Screen
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal
    from firmware.ui.ui import Ui

_PATIENCE_MS = const(30_000)
_KEYS = const("123A456B789C*0#D")
_DONE = const("done")


class _Keys(Screen):
    """Twice the same key that cancels leaves, for once is a key like any other here."""

    is_entry = True

    def __init__(self, ui: "Ui") -> None:
        super().__init__(ui)
        self._seen = ""
        self._last = ""

    def draw(self) -> None:
        canvas = self.ui.canvas
        canvas.row(1, say("menu.keys"), CENTRE)
        canvas.row(2, say("keys.last", self._last), CENTRE)
        canvas.row(3, "".join([key if key in self._seen else "." for key in _KEYS]), CENTRE)
        canvas.row(4, say("keys.leave"), CENTRE)

    def on_key(self, key: str) -> "str | None":
        if len(key) > 1:
            return None
        if key == BACK and self._last == BACK:
            return CANCEL
        self._last = key
        if key not in self._seen:
            self._seen += key
        return _DONE if len(self._seen) == len(_KEYS) else None


async def run(t: "Terminal") -> None:
    if await _Keys(t.ui).result(_PATIENCE_MS) == _DONE:
        await Message(t.ui, say("menu.keys"), say("keys.all")).result(_PATIENCE_MS)
