# SPDX-License-Identifier: MIT
"""The kinds of screen: message and number entry. They hold words given to them and nothing else."""

from micropython import const

from firmware.text import say
from firmware.ui.canvas import CENTRE, WIDTH
from firmware.ui.screen import BACK, CANCEL, CLEAR, DOWN, ENTER, UP, Screen
from firmware.ui.wrap import wrap

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.ui.ui import Ui

_BODY_ROWS = const(2)


class Message(Screen):
    """Title, text in pages of two rows, hint; returns the key among `keys` (C and B by their names' meaning).
    `is_quoted`: somebody's own words, the same in any language.
    """

    is_quoted = False

    def __init__(self, ui: "Ui", title: str, text: str, keys: str = ENTER, hint: str = "") -> None:
        super().__init__(ui)
        self._title = title
        self._text = text
        self._lines = wrap(ui.canvas.glyphs, text, WIDTH)
        self._keys = keys
        self._hint = hint or say("hint.ok")
        self._at = 0

    def reword(self, told: "Callable[[str], str]") -> None:
        self._hint = told(self._hint)
        if self.is_quoted:
            return
        self._title, self._text = told(self._title), told(self._text)
        self._lines = wrap(self.ui.canvas.glyphs, self._text, WIDTH)
        self._at = 0

    def _has_more(self) -> bool:
        return self._at + _BODY_ROWS < len(self._lines)

    def draw(self) -> None:
        canvas = self.ui.canvas
        canvas.row(1, self._title, CENTRE)
        for n in range(_BODY_ROWS):
            at = self._at + n
            canvas.row(2 + n, self._lines[at] if at < len(self._lines) else "", CENTRE)
        canvas.row(4, say("hint.more") if self._has_more() else self._hint, CENTRE)

    def on_key(self, key: str) -> "str | None":
        if self._has_more() and key in (ENTER, DOWN):
            self._at += _BODY_ROWS
        elif key == UP:
            self._at = max(0, self._at - _BODY_ROWS)
        elif key in self._keys:
            return key
        return None


class Entry(Screen):
    """Digits into a buffer that the caller owns and wipes; returns ENTER, CANCEL or TIMEOUT.

    `buffer` is filled from its start; `length` digits are in it. `show` turns (buffer, length) into the shown text.
    """

    is_entry = True

    def __init__(
        self, ui: "Ui", title: str, buffer: bytearray, least: int, show: "Callable[[bytearray, int], str]"
    ) -> None:
        super().__init__(ui)
        self._title = title
        self._buffer = buffer
        self._least = least
        self._show = show
        self._hint = say("hint.entry")
        self._other = ""
        self.length = 0

    def reword(self, told: "Callable[[str], str]") -> None:
        self._title, self._hint = told(self._title), told(self._hint)

    def offer(self, key: str, hint: str) -> None:
        """One more key that leaves the entry, with nothing of it kept."""
        self._other, self._hint = key, hint

    def draw(self) -> None:
        canvas = self.ui.canvas
        canvas.row(1, self._title, CENTRE)
        canvas.large(2, self._show(self._buffer, self.length))
        canvas.row(4, self._hint, CENTRE)

    def on_key(self, key: str) -> "str | None":
        if key.isdigit() and len(key) == 1:
            if self.length < len(self._buffer):
                self._buffer[self.length] = ord(key)
                self.length += 1
        elif key == CLEAR and self.length:
            self.length -= 1
            self._buffer[self.length] = 0
        elif key == BACK or key == CLEAR + "L":
            self._wipe()
            return CANCEL if key == BACK else None
        elif key == ENTER and self.length >= self._least:
            return ENTER
        elif key == self._other:
            self._wipe()
            return key
        return None

    def _wipe(self) -> None:
        for i in range(len(self._buffer)):
            self._buffer[i] = 0
        self.length = 0
