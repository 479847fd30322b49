# SPDX-License-Identifier: MIT
"""A screen with a numbered list."""

from micropython import const

from firmware.text import say
from firmware.ui.canvas import CENTRE, LEFT
from firmware.ui.screen import BACK, CANCEL, DOWN, ENTER, UP, Screen

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.ui.ui import Ui


class Menu(Screen):
    """A numbered list in pages of three; digits jump, up and down move, ENTER takes; returns the item's name."""

    def __init__(self, ui: "Ui", title: str, items: "tuple[str, ...]", at: int = 0) -> None:
        super().__init__(ui)
        self._title = title
        self._items = items
        self._at = at

    def reword(self, told: "Callable[[str], str]") -> None:
        self._title = told(self._title)

    def draw(self) -> None:
        canvas = self.ui.canvas
        canvas.row(1, self._title, CENTRE)
        first = self._at // 3 * 3
        for n in range(3):
            at = first + n
            words = "%d %s" % (at + 1, say("menu." + self._items[at])) if at < len(self._items) else ""
            canvas.row(2 + n, words, LEFT, at == self._at)

    def on_key(self, key: str) -> "str | None":
        count = len(self._items)
        if key.isdigit() and 0 < int(key) <= count:
            return self._items[int(key) - 1]
        if key == UP:
            self._at = (self._at - 1) % count
        elif key == DOWN:
            self._at = (self._at + 1) % count
        elif key == ENTER:
            return self._items[self._at]
        elif key == BACK:
            return CANCEL
        return None
