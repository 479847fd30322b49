# SPDX-License-Identifier: MIT
"""Every pixel lit, every other one, a frame; each with a colour of the light."""

from micropython import const

from firmware.text import say
from firmware.ui import light
from firmware.ui.screens import Message
from firmware.ui.test_card import CARDS, TestCard

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_PATIENCE_MS = const(30_000)
_COLOURS = (b"\xff\x00\x00\x00", b"\x00\xff\x00\x00", b"\x00\x00\xff\x00")


async def run(t: "Terminal") -> None:
    ui = t.ui
    before = ui.pattern
    await Message(ui, say("menu.display"), say("display.look"), hint=say("hint.more")).result(_PATIENCE_MS)
    try:
        for number in range(CARDS):
            ui.light(_COLOURS[number])
            await TestCard(ui, number).result(_PATIENCE_MS)
    finally:
        ui.light(before if isinstance(before, bytes) else light.OFF)
