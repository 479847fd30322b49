# SPDX-License-Identifier: MIT
"""The grid of the 128x64 panel: five rows of 12 pixels at a pitch of 13, the first one the status row.

Draws a row only when its content changed, so that a key press costs a few glyphs on the chip and a few bytes on the
bus. A panel that stops answering is remembered, not raised: the LED and the keypad go on.
"""

from micropython import const

from firmware import log
from firmware.ui.glyphs import HEIGHT, Glyphs

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from ssd1306 import SSD1306

WIDTH = 128
ROWS = 5
_PITCH = const(13)
LEFT, CENTRE, RIGHT = 0, 1, 2
FULL = 0xCF
_ALL = const(1024)
_PART = const(224)  # bytes that keep nobody waiting: 6 ms at 400 kHz, with their commands


class Canvas:
    """Rows of text, large digits, a bar and the status icons on a panel."""

    def __init__(self, panel: "SSD1306", glyphs: Glyphs) -> None:
        self.panel = panel
        self.glyphs = glyphs
        self.is_dead = False
        self.changes = 0  # of rows, since the start
        self.shift = 0  # pixels by which centred text stands aside, so that what stands for hours leaves no trace
        self.contrast = FULL  # of the panel; 0: dark
        self.rows: "list[Any]" = [None] * ROWS  # what each holds: a tuple that begins with its text, or a bar's percent

    def start(self) -> None:
        try:
            self.panel.init()
            self.panel.fill(0)
            self.panel.show()
        except OSError:
            self._died()

    def _died(self) -> None:
        if not self.is_dead:
            log.event("display", "no answer")
        self.is_dead = True

    def shine(self, contrast: int) -> None:
        """How bright the panel is from now on, 1 .. 255, or dark: 0."""
        if contrast == self.contrast:
            return
        self.contrast = contrast
        try:
            if contrast:
                self.panel.contrast(contrast)
            self.panel.power(contrast > 0)
        except OSError:
            self._died()

    def clear(self) -> None:
        """Empty all rows but the status row."""
        for n in range(1, ROWS):
            self.row(n, "")

    def wipe(self) -> None:
        """After a picture that took the whole panel: empty, and nothing is known of any row."""
        self.rows = [None] * ROWS
        self.panel.fill(0)

    def _put(self, n: int, content: "Any") -> None:
        self.rows[n] = content
        self.changes += 1

    def row(self, n: int, text: str, align: int = LEFT, inverse: bool = False) -> None:
        """Put a line of text into row n (0 .. 4)."""
        content = (text, align, inverse, self.shift)
        if self.rows[n] == content:
            return
        self._put(n, content)
        y = n * _PITCH
        self.panel.fill_rect(0, y, WIDTH, _PITCH, 0)
        x = 0
        if align:
            x = (WIDTH - self.glyphs.width(text)) // (2 if align == CENTRE else 1)
            if x > abs(self.shift):
                x += self.shift
        self.glyphs.draw(self.panel, text, max(x, 0), y)
        if inverse:
            self._invert(y)

    def _invert(self, y: int) -> None:
        pixel = self.panel.pixel
        for row in range(y, y + HEIGHT):
            for x in range(WIDTH):
                pixel(x, row, not pixel(x, row))

    def large(self, n: int, text: str) -> None:
        """Text over rows n and n + 1, centred, of double size where it fits; used for amounts and PIN."""
        content = (text, 2)
        if self.rows[n] == content:
            return
        self._put(n, content)
        self.rows[n + 1] = None
        y = n * _PITCH
        self.panel.fill_rect(0, y, WIDTH, 2 * _PITCH, 0)
        width = self.glyphs.width(text)
        scale = 2 if 2 * width <= WIDTH else 1
        self.glyphs.draw(self.panel, text, (WIDTH - scale * width) // 2, y, scale)

    def bar(self, n: int, percent: int) -> None:
        """A progress bar in row n."""
        if self.rows[n] == percent:
            return
        self._put(n, percent)
        y = n * _PITCH
        self.panel.fill_rect(0, y, WIDTH, _PITCH, 0)
        self.panel.rect(4, y + 2, WIDTH - 8, 8, 1)
        self.panel.fill_rect(6, y + 4, (WIDTH - 12) * min(percent, 100) // 100, 4, 1)

    def show(self, is_whole: bool = True) -> bool:
        """Send what changed, or a part of it: True if there is more. A panel that does not answer is tried again at
        the next call."""
        try:
            has_more = self.panel.show(_ALL if is_whole else _PART)
            self.is_dead = False
        except OSError:
            has_more = False
            self._died()
        return has_more
