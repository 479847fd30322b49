# SPDX-License-Identifier: MIT
"""What the screens stand on: the firmware's canvas and panel driver, whose bus is recorded, and a terminal that has
facts but no work. Words that are said and texts that are drawn are noted. To be imported before what says words.
"""

from firmware import text
from firmware.lock import Facts
from firmware.power import Power
from firmware.store.state import State
from firmware.terminal import Terminal
from firmware.ui.canvas import Canvas
from firmware.ui.glyphs import Glyphs
from firmware.ui.ui import Ui
from ssd1306 import SSD1306

said: "list[tuple[str, str]]" = []  # key and words as filled in
drawn: "list[Line]" = []  # what stands on the panel
sent: "list[bytes]" = []  # transfers on the panel's bus
FONT = "/firmware/ui/glyphs.bin"
_HEIGHT = 12  # of a text
_WIDTH = 128
_FULL_MV = 4200

_say = text.say


def _noted(key: str, *values: object) -> str:
    words = _say(key, *values)
    said.append((key, words))
    return words


text.say = _noted


class Line:
    """A text at its place; from `top` to before `bottom` it has not been cleared away."""

    def __init__(self, text: str, x: int, y: int, scale: int) -> None:
        self.facts = (text, x, y, scale)
        self.top, self.bottom = y, y + _HEIGHT * scale

    def clear(self, top: int, bottom: int) -> bool:
        """Is it gone?"""
        if top <= self.top < bottom:
            self.top = bottom
        if top < self.bottom <= bottom:
            self.bottom = top
        return self.top >= self.bottom


class Font(Glyphs):
    """Notes what is drawn where."""

    def draw(self, target: "Panel", text: str, x: int, y: int, scale: int = 1) -> int:
        if text:
            drawn.append(Line(text, x, y, scale))
        return super().draw(target, text, x, y, scale)


class Panel(SSD1306):
    """Forgets the texts that it clears away up to the right edge."""

    def __init__(self) -> None:
        super().__init__(Bus())

    def fill_rect(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        super().fill_rect(x, y, width, height, colour)
        for line in tuple(drawn):
            if x <= line.facts[1] and x + width == _WIDTH and line.clear(y, y + height):
                drawn.remove(line)

    def fill(self, colour: int) -> None:
        super().fill(colour)
        drawn.clear()


class Bus:
    """I2C with nothing on it but who writes along."""

    def writeto(self, _address: int, data: bytes) -> None:
        sent.append(bytes(data))


class Stand:
    """A thing that has nothing but facts."""

    def __init__(self, **facts: object) -> None:
        for name in facts:
            setattr(self, name, facts[name])


class _Light:
    def play(self, _steps: object) -> None:
        pass

    def set(self, _rgb: object) -> None:
        pass


class Desk:
    """The terminal as the screens see it: signed in as operator 99 of shift 9, line and battery full."""

    show_status = Terminal.show_status

    def __init__(self) -> None:
        self.ui = Ui(Canvas(Panel(), Font(FONT)), Stand(), _Light(), lambda: None)
        self.ui.canvas.start()
        self.power = Power(None, 1, None, ())
        self.facts = Facts()
        self.journal = Stand(state=State(), used_percent=0, open=[])
        self.journal.state.operator = 99
        self.journal.state.shift = 9
        self.journal.state.batch = 999_999
        self.keys = Stand(is_signed_in=True)
        self.settings: "dict | None" = {"tid": "99999999"}
        self.wifi = Stand(is_up=True, level=lambda: 4)
        self.session = Stand(link=Stand(is_open=True))
        self.throttle = Stand(left_s=lambda: 900)
        self.badge = "      "
        self.locked = ""
        self.lock_text = self.support = ""
        self.is_connecting = False
        self.ended: "object | None" = None
        self.has_told = False

    def reason(self) -> str:
        return self.locked

    def watch(self) -> int:
        """Millivolts of the cell."""
        return _FULL_MV
