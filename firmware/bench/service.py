# SPDX-License-Identifier: MIT
"""`@service`: restart into service mode, if nobody is signed in and nothing waits to be settled."""

import asyncio

from micropython import const

from firmware import service

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

_TELL_MS = const(100)


async def _enter(t: "Terminal") -> None:
    await asyncio.sleep_ms(_TELL_MS)  # the answer goes out first
    service.enter(t)


async def answer(t: "Terminal", _words: "list[str]") -> "dict[str, Any]":
    if t.keys.is_signed_in:
        return {"error": "signed_in", "do": "sign out first"}
    if service.holds_records(t):
        return {"error": "journal", "do": "sign in and settle first, or hold A while switching on (supervisor)"}
    asyncio.create_task(_enter(t))
    return {"restart": True}
