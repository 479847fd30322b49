# SPDX-License-Identifier: MIT
"""`@selftest`: the tests of power-on that do no harm to a terminal at work, again; code and detail of each."""

from micropython import const

from firmware.flows.self_test import TESTS

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

_AT_START_ONLY = ("journal", "wifi", "led")


async def answer(t: "Terminal", _words: "list[str]") -> "dict[str, Any]":
    results = {}
    for i in range(len(TESTS)):
        name, test, _ = TESTS[i]
        if name not in _AT_START_ONLY:
            detail = await test(t, t.settings)
            results["P%02d %s" % (i + 1, name)] = detail or "ok"
    return {"tests": results}
