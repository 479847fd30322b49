# SPDX-License-Identifier: MIT
"""The tests of power-on (P3): each takes the terminal and its settings, and returns "" or what it found.

"-" says that there is nothing to tell beyond the failure.
"""

import asyncio
import os

from micropython import const

from firmware import clock
from firmware.errors import StoreError
from firmware.loader import Loan, forget
from firmware.store import secrets
from firmware.store.vault import LARGEST
from firmware.text import say
from firmware.ui import light
from firmware.ui.screen import MENU

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_SIGN = const(0x7B7E)  # 签, in the middle of the font file


async def _display(t: "Terminal", _settings: object) -> str:
    return "" if t.ui.canvas.panel.ping() else "-"


async def _keypad(t: "Terminal", _settings: object) -> str:
    """The menu key alone is somebody who wants service mode; firmware.flows.service finds out whether it is stuck."""
    stuck = await t.ui.keypad.stuck()
    forget("keypad_stuck")
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
    with Loan("firmware.tongue") as tongue:
        tongue.load(t)
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
    with Loan("firmware.connect", alone=True) as way:
        way.connect(t, settings)
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
