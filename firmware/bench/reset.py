# SPDX-License-Identifier: MIT
"""`@reset`: restart the terminal; it comes back locked."""

import asyncio

import machine
from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

_TELL_MS = const(100)


async def _reset() -> None:
    await asyncio.sleep_ms(_TELL_MS)
    machine.reset()


async def answer(_t: "Terminal", _words: "list[str]") -> "dict[str, Any]":
    asyncio.create_task(_reset())
    return {"restart": True}
