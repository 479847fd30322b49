# SPDX-License-Identifier: MIT
"""Power on: welcome with progress, self-test (each result with its code), then the tasks and the way to the host.

A failed test that the terminal cannot work without becomes the lock reason "hardware" or "configuration"; the rest is
shown and left behind with a key.
"""

import asyncio
import gc
import os

import machine
from micropython import const

from firmware import log
from firmware.flows import background
from firmware.flows.self_test import TESTS
from firmware.loader import Loan
from firmware.text import say
from firmware.ui import light
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.errors import StoreError
    from firmware.terminal import Terminal

_SILENCE_MS = const(30_000)
_SHOW_MS = const(8000)
_UPDATING = const("/updating.txt")  # put there by `qiandao deploy`, taken away at its end
_OF_SETTINGS = ("config", "keys", "clock")  # told by the lock reason instead of a list of their own


class _Result:
    """Failed tests as (code, name, detail); `fatal` ones lock the terminal."""

    def __init__(self) -> None:
        self.failures: "list[tuple[str, str, str]]" = []
        self.fatal = ""


async def _test_all(t: "Terminal", settings: "dict | None") -> _Result:
    result = _Result()
    for i in range(len(TESTS)):
        name, test, is_fatal = TESTS[i]
        t.ui.progress(say("welcome"), say("test." + name), 10 + 80 * i // len(TESTS))
        t.supervisor.feed()
        detail = await test(t, settings)
        log.event("selftest", "P%02d" % (i + 1), name, detail or "ok")
        if not detail or settings is None and name in _OF_SETTINGS:
            continue
        result.failures.append(("P%02d" % (i + 1), name, detail))
        if is_fatal and not result.fatal:
            result.fatal = "P%02d" % (i + 1)
        if name in ("config", "keys"):
            t.facts.is_configured = False
    return result


async def _tell(t: "Terminal", result: _Result) -> None:
    """Each failed test on the screen; on the LED when there is no screen."""
    for code, name, detail in result.failures:
        if name == "display":
            t.ui.light(light.blinks(int(code[1:])))
            await asyncio.sleep_ms(_SHOW_MS)
            continue
        t.ui.light(light.FAULT)
        words = say("test.fault", code, say("test." + name)) + " " + detail.strip("-")
        await Message(t.ui, say("test.failed"), words.strip()).result(_SHOW_MS)


def _is_updating() -> bool:
    """Has the copying of a new version begun and not ended?"""
    try:
        os.stat(_UPDATING)
    except OSError:
        return False
    return True


def _start_tasks(t: "Terminal") -> None:
    """The last thing here: a connection and this module together would not fit the heap."""
    t.refresh_context()
    start = asyncio.create_task
    t.supervisor.watch("wifi", _SILENCE_MS, start(t.wifi.run()))
    if not t.ui.is_dark:  # a health check is one exchange of its own
        t.supervisor.watch(background.NAME, _SILENCE_MS, start(background.run(t)))


async def run(t: "Terminal", settings: "dict | None", damage: "StoreError | None") -> None:
    """P2, P3: from the first picture to the lock screen."""
    result = await _test_all(t, settings)
    t.facts.fault = result.fatal
    t.facts.is_provisioned = settings is not None or damage is None or damage.detail != "missing"
    if settings is None and t.facts.is_provisioned:
        t.facts.is_configured = False
    with Loan("firmware.crash") as crash:
        t.facts.crash = crash.in_loop()
        t.unreported = crash.report()
    t.facts.is_updating = _is_updating()
    t.throttle.restart()
    t.approvals.restart()
    if settings is not None and not result.fatal:
        t.note("POWER_ON", machine.reset_cause())
    t.ui.progress(say("welcome"), say("welcome.test"), 100)
    gc.collect()
    await _tell(t, result)
    if settings is not None:
        _start_tasks(t)
    t.ui.forget_keys()
