# SPDX-License-Identifier: MIT
"""Power on: welcome with progress, self-test (each result with its code), then the tasks and the way to the host.

A failed test that the terminal cannot work without becomes the lock reason "hardware" or "configuration"; the rest is
shown and left behind with a key.
"""

import asyncio
import gc
import os

from micropython import const

from firmware import clock, log, text
from firmware.errors import StoreError
from firmware.flows import keep_link, upload
from firmware.store import secrets
from firmware.store.vault import LARGEST
from firmware.text import say
from firmware.ui import light
from firmware.ui.screen import MENU
from firmware.ui.screens import Message

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_SIGN = const(0x7B7E)  # 签, in the middle of the font file
_SILENCE_MS = const(30_000)
_SHOW_MS = const(8000)


class _Result:
    """Failed tests as (code, name, detail); `fatal` ones lock the terminal."""

    def __init__(self) -> None:
        self.failures: "list[tuple[str, str, str]]" = []
        self.fatal = ""


async def _display(t: "Terminal", _settings: object) -> str:
    return "" if t.ui.canvas.panel.ping() else "-"


async def _keypad(t: "Terminal", _settings: object) -> str:
    """The menu key alone is somebody who wants service mode; firmware.flows.service finds out whether it is stuck."""
    stuck = await t.ui.keypad.stuck()
    t.wants_service = stuck == [MENU] and not t.ui.is_dark
    return "" if t.wants_service else " ".join(stuck)


async def _led(t: "Terminal", _settings: object) -> str:
    """Nothing to measure: each colour is lit for the person to see."""
    if t.ui.is_dark:
        return ""
    for rgb in ((255, 0, 0), (0, 255, 0), (0, 0, 255)):
        t.ui.led.set(rgb)
        await asyncio.sleep_ms(30)
    t.ui.light(light.OFF)
    t.ui.light(light.START)
    return ""


async def _flash(t: "Terminal", _settings: object) -> str:
    return "" if t.ui.canvas.glyphs.has(_SIGN) else "-"


async def _journal(t: "Terminal", _settings: object) -> str:
    def tell(percent: int) -> None:
        t.ui.progress(say("welcome"), say("test.journal"), 40 + percent // 5)
        t.supervisor.feed()

    try:
        t.journal.mount(tell)
    except StoreError as fault:
        return fault.code
    language = t.journal.state.language
    if 0 < language <= len(text.LANGUAGES):
        text.load(text.LANGUAGES[language - 1])
    return ""


async def _config(_t: "Terminal", settings: "dict | None") -> str:
    if settings is None:
        return "C1"
    try:
        secrets.certificates(bytearray(LARGEST))
    except StoreError as fault:
        return fault.code
    return ""


async def _keys(_t: "Terminal", _settings: object) -> str:
    try:
        secrets.static_keys()
    except StoreError as fault:
        return fault.code
    return ""


async def _clock(t: "Terminal", settings: "dict | None") -> str:
    """A clock that lost its time starts from the last time known, so that certificates can be judged at all."""
    floor = max(t.journal.state.clock, settings["since"] if settings else 0)
    if clock.now_s() < floor:
        clock.set_utc(floor)
    return "" if clock.is_plausible() else "-"


async def _random(_t: "Terminal", _settings: object) -> str:
    """A constant or repeating generator must never make a key or a PIN block's padding."""
    first, second = os.urandom(16), os.urandom(16)
    return "-" if first == second or len(set(first + second)) < 8 else ""


async def _battery(t: "Terminal", _settings: object) -> str:
    millivolts = t.power.millivolts()
    t.facts.is_battery_low = millivolts < t.power.low_mv
    return "%dmV" % millivolts if t.facts.is_battery_low else ""


async def _wifi(t: "Terminal", settings: "dict | None") -> str:
    if settings is None:
        return ""
    t.connect(settings)
    try:
        t.wifi.radio_on()
    except OSError as fault:
        return str(fault.errno)
    return ""


# (name, test, is fatal): the code of a test is P and its place, counted from 01. The battery comes before the radio,
# whose inrush would brown out an empty cell.
TESTS = (
    ("display", _display, False),
    ("keypad", _keypad, True),
    ("led", _led, False),
    ("flash", _flash, True),
    ("journal", _journal, True),
    ("config", _config, False),
    ("keys", _keys, False),
    ("clock", _clock, False),
    ("random", _random, True),
    ("battery", _battery, False),
    ("wifi", _wifi, True),
)
_OF_SETTINGS = ("config", "keys", "clock")  # told by the lock reason instead of a list of their own


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
        await Message(t.ui, say("test.failed"), words).result(_SHOW_MS)


async def run(t: "Terminal", settings: "dict | None", damage: "StoreError | None") -> None:
    """P2, P3: from the first picture to the lock screen."""
    result = await _test_all(t, settings)
    t.facts.fault = result.fatal
    t.facts.is_provisioned = settings is not None or damage is None or damage.detail != "missing"
    if settings is None and t.facts.is_provisioned:
        t.facts.is_configured = False
    t.ui.progress(say("welcome"), say("welcome.test"), 100)
    if settings is not None:
        t.refresh_context()
        start = asyncio.create_task
        t.supervisor.watch("wifi", _SILENCE_MS, start(t.wifi.run()))
        if not t.ui.is_dark:  # a health check is one exchange of its own
            t.supervisor.watch("link", _SILENCE_MS, start(keep_link.run(t)))
            t.supervisor.watch("upload", _SILENCE_MS, start(upload.run(t)))
    gc.collect()
    await _tell(t, result)
    t.ui.forget_keys()
