# SPDX-License-Identifier: MIT
"""What a terminal in service mode shows, or while it is updated; screen and light stay as they are behind the REPL."""

from micropython import const

from firmware import board, text
from firmware.errors import StoreError
from firmware.store import settings
from firmware.ui.canvas import CENTRE, Canvas
from firmware.ui.glyphs import Glyphs

_ICON_LOCK = const("\ue000")
_GLYPHS = const("/firmware/ui/glyphs.bin")


def _draw(rows: "tuple[tuple[int, str], ...]") -> None:
    """Row and words of each; the first one is the title."""
    try:
        values = settings.load()
    except StoreError:  # this is where it is mended
        values = {}
    text.load(str(values.get("language", "")))
    display, _, led, _ = board.build(str(values.get("profile", "")))
    canvas = Canvas(display, Glyphs(_GLYPHS))
    canvas.start()
    for row, key in rows:
        canvas.row(row, text.say(key, _ICON_LOCK), CENTRE, row == rows[0][0])
    canvas.show()
    led.set((255, 200, 0))


def show() -> None:
    _draw(((1, "service.title"), (2, "service.open"), (4, "service.leave")))
    print("service mode")


def show_update() -> None:
    """Called over serial by `qiandao deploy` before the first file goes."""
    _draw(((1, "lock.title"), (2, "lock.update"), (4, "out.update")))
