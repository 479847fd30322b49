# SPDX-License-Identifier: MIT
"""The last resort (L6): the software fails before its lock screen. Says so with as little code as possible, and starts
again on ENTER or after ten minutes. No tasks, no network, no watchdog, nobody signed in.
"""

import asyncio

import machine
from micropython import const

from firmware import board, crash, text
from firmware.errors import StoreError
from firmware.store import settings
from firmware.ui.canvas import CENTRE, Canvas
from firmware.ui.glyphs import Glyphs
from firmware.ui.screen import ENTER

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from keypad import Keypad

_COLUMNS = const(21)  # of Latin letters
_GLYPHS = const("/firmware/ui/glyphs.bin")
_ICON_LOCK = const("\ue000")
_PATIENCE_S = const(600)


async def _wait(keypad: "Keypad") -> None:
    """For ENTER, or until the faults are old."""
    pressed = asyncio.Event()

    def hear(key: str) -> None:
        if key == ENTER:
            pressed.set()

    keypad.on_key = hear
    task = asyncio.create_task(keypad.run())
    try:
        await asyncio.wait_for(pressed.wait(), _PATIENCE_S)
    except asyncio.TimeoutError:
        pass
    task.cancel()


def run() -> None:
    """Does not return."""
    try:
        values = settings.load()
    except StoreError:
        values = {}
    text.load(str(values.get("language", "")))
    display, keypad, led, _ = board.build(str(values.get("profile", "")))
    canvas = Canvas(display, Glyphs(_GLYPHS))
    canvas.start()
    canvas.row(1, text.say("lock.title", _ICON_LOCK), CENTRE)
    canvas.row(2, text.say("lock.software", ""), CENTRE, True)
    canvas.row(3, crash.report()[:_COLUMNS], CENTRE)
    canvas.row(4, text.say("out.software"), CENTRE)
    canvas.show()
    led.set((255, 0, 0))
    print("software fault", crash.report())
    asyncio.run(_wait(keypad))
    crash.forgive()
    machine.reset()
