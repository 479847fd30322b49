# SPDX-License-Identifier: MIT
"""The grid of the 128x64 panel: five rows of 12 pixels at a pitch of 13, the first one the status row.

Draws a row only when its content changed, so that a key press costs a few glyphs on the chip and a few bytes on the
bus. A panel that stops answering is remembered, not raised: the LED and the keypad go on.
"""

from micropython import const

from firmware import log
from firmware.ui.glyphs import HALF, HEIGHT, Glyphs, code_at, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssd1306 import SSD1306

WIDTH = 128
ROWS = 5
_PITCH = const(13)
_WIDE = const(0x2E80)  # from here on a line may break between any two characters
_SPACE = const(0x20)
_NEWLINE = const(0x0A)
LEFT, CENTRE, RIGHT = 0, 1, 2


class Canvas:
    """Rows of text, large digits, a bar and the status icons on a panel."""

    def __init__(self, panel: "SSD1306", glyphs: Glyphs) -> None:
        self.panel = panel
        self.glyphs = glyphs
        self.is_dead = False
        self._rows: "list[object]" = [None] * ROWS

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

    def clear(self) -> None:
        """Empty all rows but the status row."""
        for n in range(1, ROWS):
            self.row(n, "")

    def row(self, n: int, text: str, align: int = LEFT, inverse: bool = False) -> None:
        """Put a line of text into row n (0 .. 4)."""
        content = (text, align, inverse)
        if self._rows[n] == content:
            return
        self._rows[n] = content
        y = n * _PITCH
        self.panel.fill_rect(0, y, WIDTH, _PITCH, 0)
        x = 0
        if align:
            x = (WIDTH - self.glyphs.width(text)) // (2 if align == CENTRE else 1)
        self.glyphs.draw(self.panel, text, max(x, 0), y)
        if inverse:
            self._invert(y)

    def _invert(self, y: int) -> None:
        pixel = self.panel.pixel
        for row in range(y, y + HEIGHT):
            for x in range(WIDTH):
                pixel(x, row, not pixel(x, row))

    def large(self, n: int, text: str) -> None:
        """Double-size text over rows n and n + 1, centred; used for amounts and PIN."""
        content = (text, 2)
        if self._rows[n] == content:
            return
        self._rows[n] = content
        self._rows[n + 1] = None
        y = n * _PITCH
        self.panel.fill_rect(0, y, WIDTH, 2 * _PITCH, 0)
        self.glyphs.draw(self.panel, text, max((WIDTH - 2 * self.glyphs.width(text)) // 2, 0), y, 2)

    def bar(self, n: int, percent: int) -> None:
        """A progress bar in row n."""
        if self._rows[n] == percent:
            return
        self._rows[n] = percent
        y = n * _PITCH
        self.panel.fill_rect(0, y, WIDTH, _PITCH, 0)
        self.panel.rect(4, y + 2, WIDTH - 8, 8, 1)
        self.panel.fill_rect(6, y + 4, (WIDTH - 12) * min(percent, 100) // 100, 4, 1)

    def show(self) -> None:
        """Send what changed; a panel that does not answer is tried again at the next call."""
        try:
            self.panel.show()
            self.is_dead = False
        except OSError:
            self._died()

    def wrap(self, text: str, limit: int = WIDTH) -> "list[str]":
        """Break a text into lines that fit; Latin words and numbers stay whole where they fit on a line."""
        data = text.encode()
        lines: "list[str]" = []
        start = at = width = 0
        while at < len(data):
            end = _piece_end(data, at)
            piece = data[at:end]
            if piece == b"\n":
                lines.append(data[start:at].decode())
                start, width = end, 0
            else:
                wide = self.glyphs.width(piece)
                if width and width + wide > limit:
                    lines.append(data[start:at].decode())
                    start, width = at, 0
                    if piece.startswith(b" "):
                        start, wide = at + 1, wide - HALF
                if wide > limit:  # longer than a line: broken anywhere
                    end = at + max(1, (limit - width) // HALF)
                    wide = self.glyphs.width(data[at:end])
                width += wide
            at = end
        lines.append(data[start:].decode())
        return [line for line in lines if line]


def _piece_end(data: bytes, at: int) -> int:
    """End of what must stay together from `at` on: a wide character, a newline, or a word with the space before it."""
    code = code_at(data, at)
    end = at + size_of(code)
    if code >= _WIDE or code == _NEWLINE:
        return end
    while end < len(data) and data[end] not in (_SPACE, _NEWLINE) and code_at(data, end) < _WIDE:
        end += size_of(code_at(data, end))
    return end
