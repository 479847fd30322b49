# SPDX-License-Identifier: MIT
"""`@key 5`: as if the keypad had told it; `CL` is a long press of C."""

from micropython import const

from firmware.board import LAYOUT

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal


async def answer(t: "Terminal", words: "list[str]") -> "dict[str, Any]":
    for key in words:
        if key not in LAYOUT and (len(key) != 2 or key[0] not in LAYOUT or key[1] != "L"):
            return {"error": "key", "do": "0-9 A B C D * #, long press CL"}
    if not words:
        raise ValueError
    for key in words:
        t.ui.push(key)
    return {"keys": len(words)}
