# SPDX-License-Identifier: MIT
"""Settings 设置 (W5): how bright the panel is, and when it goes dark; each is seen while it is chosen."""

from micropython import const

from firmware.comfort import CONTRASTS, DARK_S, keep
from firmware.loader import Loan
from firmware.text import say
from firmware.ui.canvas import CENTRE
from firmware.ui.screen import BACK, CANCEL, DOWN, ENTER, UP, Screen

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_ITEMS = ("contrast", "dark")
_PATIENCE_MS = const(30_000)


class _Dial(Screen):
    """One of a few places, up and down."""

    def __init__(self, t: "Terminal", name: str, places: int, at: int) -> None:
        super().__init__(t.ui)
        self._name = name
        self._places = places
        self.at = at

    def draw(self) -> None:
        canvas = self.ui.canvas
        canvas.row(1, say("menu." + self._name), CENTRE)
        if self._name == "contrast":
            self.ui.contrast = CONTRASTS[self.at]
            canvas.row(2, "%d/%d" % (self.at + 1, self._places), CENTRE)
        else:
            canvas.row(2, say("dial.seconds", DARK_S[self.at]), CENTRE)
        canvas.bar(3, 100 * (self.at + 1) // self._places)
        canvas.row(4, say("hint.dial"), CENTRE)

    def on_key(self, key: str) -> "str | None":
        if key == UP:
            self.at = min(self.at + 1, self._places - 1)
        elif key == DOWN:
            self.at = max(0, self.at - 1)
        elif key in (ENTER, BACK):
            return key if key == ENTER else CANCEL
        return None


async def _contrast(t: "Terminal") -> None:
    before = t.ui.contrast
    dial = _Dial(t, "contrast", len(CONTRASTS), CONTRASTS.index(before) if before in CONTRASTS else 0)
    if await dial.result(_PATIENCE_MS) == ENTER:
        keep(t, "contrast", dial.at)
    else:
        t.ui.contrast = before


async def _dark(t: "Terminal") -> None:
    now_s = t.ui.dark_ms // 1000
    dial = _Dial(t, "dark", len(DARK_S), DARK_S.index(now_s) if now_s in DARK_S else 0)
    if await dial.result(_PATIENCE_MS) == ENTER:
        keep(t, "dark", DARK_S[dial.at])


async def run(t: "Terminal") -> None:
    at = 0
    while True:
        with Loan("firmware.ui.menu") as menu:
            item = await menu.Menu(t.ui, say("menu.adjust"), _ITEMS, at).result(_PATIENCE_MS)
        if item not in _ITEMS:
            return
        at = _ITEMS.index(item)
        await (_contrast if item == "contrast" else _dark)(t)
