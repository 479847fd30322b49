# SPDX-License-Identifier: MIT
"""`@led`: what the LED says; `@led R G B` lights it so, whatever the terminal means, until `@led auto`."""

from micropython import const

from firmware.bench.light_words import lit, words_of

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal


async def answer(t: "Terminal", words: "list[str]") -> "dict[str, Any]":
    if words == ["auto"]:
        t.ui.is_dark = False
        t.ui.pattern = None
        t.ui.poke()
    elif words:
        red, green, blue = [int(word) for word in words]
        if min(red, green, blue) < 0 or max(red, green, blue) > 255:
            raise ValueError
        t.ui.is_dark = True
        t.ui.led.play(((red, green, blue, 0),))
    return {"led": words_of(t.ui.led), "rgb": lit(t.ui.led)}
