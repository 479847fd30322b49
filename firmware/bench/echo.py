# SPDX-License-Identifier: MIT
"""`@echo`: one status exchange with the host and how long it took (W6)."""

import time

from micropython import const

from firmware.errors import TerminalError
from firmware.flows import hello

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal


async def answer(t: "Terminal", _words: "list[str]") -> "dict[str, Any]":
    if t.settings is None:
        return {"error": "unprovisioned", "do": "qiandao provision"}
    if t.session.is_busy:
        return {"error": "busy", "do": "ask again when the terminal is at rest"}
    is_open = t.session.link.is_open
    start = time.ticks_ms()
    try:
        await hello.run(t)
    except TerminalError as fault:
        return {"error": fault.code, "do": fault.detail}
    return {"ms": time.ticks_diff(time.ticks_ms(), start), "handshake": not is_open}
