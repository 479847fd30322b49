# SPDX-License-Identifier: MIT
"""What a terminal in service mode shows; then the chip goes to its REPL, and screen and light stay as they are."""

from micropython import const

from firmware import board, text
from firmware.errors import StoreError
from firmware.store import settings
from firmware.ui.canvas import CENTRE, Canvas
from firmware.ui.glyphs import Glyphs

_GLYPHS = const("/firmware/ui/glyphs.bin")


def show() -> None:
    try:
        values = settings.load()
    except StoreError:  # this is where it is mended
        values = {}
    text.load(str(values.get("language", "")))
    display, _, led, _ = board.build(str(values.get("profile", "")))
    canvas = Canvas(display, Glyphs(_GLYPHS))
    canvas.start()
    for row, key in ((1, "service.title"), (2, "service.open"), (4, "service.leave")):
        canvas.row(row, text.say(key), CENTRE, row == 1)
    canvas.show()
    led.set((255, 200, 0))
    print("service mode")
