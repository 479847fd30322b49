# SPDX-License-Identifier: MIT
"""The next language of the catalogue, kept in the state record."""

from micropython import const

from firmware import text

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def run(t: "Terminal") -> None:
    count = len(text.LANGUAGES)
    number = (text.LANGUAGES.index(text.language) + 1) % count
    t.journal.change(language=number + 1)
    text.load(text.LANGUAGES[number])
