# SPDX-License-Identifier: MIT
"""Answers one line of the bench console with one line of JSON.

In service a terminal tells how it is and gives its journal; keys and screen are for a board provisioned as bench, or
not provisioned at all. What answers `@name` is the module of that name beside this one.
"""

import json

from micropython import const

from firmware.bench.level import COUNTER, level_of
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

_LONGEST = const(95)
_COUNTER = ("status", "health", "journal")
_BENCH = ("key", "screen", "led", "selftest", "echo", "service", "reset")
_DO = {
    "unknown": "@status @health @journal N; on a bench board @key @screen @led @selftest @echo @service @reset",
    "level": "provision the board as bench, or hold A while switching it on",
    "usage": "see the bench chapter of the README",
    "long": "a line has at most 95 characters",
    "memory": "ask again when the terminal is at rest",
}


async def _ask(t: "Terminal", name: str, words: "list[str]") -> "dict[str, Any] | None":
    if name not in _COUNTER and name not in _BENCH:
        return {"error": "unknown"}
    if name in _BENCH and level_of(t) == COUNTER:
        return {"error": "level"}
    try:
        with Loan("firmware.bench." + name) as module:
            return await module.answer(t, words)
    except (ValueError, IndexError):
        return {"error": "usage"}
    except MemoryError:
        return {"error": "memory"}


def _words(line: memoryview) -> "list[str]":
    """The name without its @ and what follows; none if anything in it is not printable ASCII."""
    for code in line:
        if not 32 <= code < 127:
            return []
    return bytes(line[1:]).decode().split()


async def answer(t: "Terminal", line: memoryview) -> None:
    words = _words(line)
    name = words[0] if words else ""
    facts: "dict[str, Any] | None" = {"error": "long"}
    if len(line) <= _LONGEST:
        facts = await _ask(t, name, words[1:])
    if facts is None:  # the module has printed its answer itself
        return
    facts["re"] = name
    facts["ok"] = "error" not in facts
    if not facts["ok"] and "do" not in facts:
        facts["do"] = _DO[facts["error"]]
    print(json.dumps(facts))
