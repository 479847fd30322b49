# SPDX-License-Identifier: MIT
"""The languages, each in its own words, to choose from."""

from micropython import const

from firmware import text
from firmware.loader import Loan
from firmware.ui.menu import Menu

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_PATIENCE_MS = const(30_000)


async def run(t: "Terminal") -> None:
    here = text.LANGUAGES.index(text.language)
    name = await Menu(t.ui, text.say("menu.language"), text.LANGUAGES, here).result(_PATIENCE_MS)
    if name in text.LANGUAGES:
        with Loan("firmware.tongue") as tongue:
            tongue.choose(t, name)
