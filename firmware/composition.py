# SPDX-License-Identifier: MIT
"""The composition root: builds the terminal's parts once and starts the tasks that need nothing but the board.

The welcome screen stands before the larger part of the code is loaded. On loan: gone when the terminal is built.
"""

import asyncio

import micropython
from micropython import const

from firmware import text
from firmware.errors import StoreError
from firmware.loader import Loan
from firmware.power import Power
from firmware.supervisor import Supervisor
from firmware.ui import light
from firmware.ui.canvas import Canvas
from firmware.ui.glyphs import Glyphs
from firmware.ui.ui import Ui

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

    Settings = dict[str, object]

_GLYPHS = const("/firmware/ui/glyphs.bin")
_MAIN_SILENCE_MS = const(60_000)
_CTRL_C = const(3)


def _settings() -> "tuple[Settings | None, StoreError | None]":
    with Loan("firmware.store.settings") as settings:
        try:
            return settings.load(), None
        except StoreError as fault:
            return None, fault


def _welcome(profile: str, supervisor: Supervisor, is_dark: bool) -> "tuple[Ui, Power]":
    with Loan("firmware.board", alone=True) as board:
        display, keypad, led, supply = board.build(profile)
    ui = Ui(Canvas(display, Glyphs(_GLYPHS)), keypad, led, supervisor.beat_main)
    ui.is_dark = is_dark
    ui.light(light.START)
    if not is_dark:
        ui.canvas.start()
    ui.progress("", text.say("welcome"), 5)
    return ui, Power(*supply)


async def compose(is_dark: bool) -> "tuple[Terminal, Settings | None, StoreError | None]":
    """(terminal, settings or None, why there are none)."""
    settings, damage = _settings()
    is_owned = settings is not None or damage is not None and damage.detail != "missing"
    if not is_owned:
        micropython.kbd_intr(_CTRL_C)  # a bare board is open; in service a byte on the serial port stops nothing
    text.load(str(settings["language"]) if settings else "")
    supervisor = Supervisor()
    ui, power = _welcome(str(settings["profile"]) if settings else "", supervisor, is_dark)
    if is_owned:
        supervisor.start()  # not on a bare board: the REPL is open there, and a watchdog cannot be stopped
    if settings and settings["bench"]:
        ui.status = "   BENCH"
    supervisor.watch("main", _MAIN_SILENCE_MS)
    supervisor.watch("keypad", 0, asyncio.create_task(ui.keypad.run()))
    supervisor.watch("led", 0, asyncio.create_task(ui.led.run()))
    asyncio.create_task(supervisor.run())
    from firmware.terminal import Terminal  # here, so that the welcome stands while the rest of the code loads

    terminal = Terminal(power, ui, supervisor)
    ui.switch = terminal.switch
    supervisor.on_round = terminal.watch
    return terminal, settings, damage


def finish(t: "Terminal") -> None:
    """Let go of what has made the parts: of each there is one, and its class is asked for no other."""
    ui, session = t.ui, getattr(t, "session", None)
    parts: "list[object]" = [t, t.power, t.supervisor, t.throttle, t.facts, t.keys, t.journal]
    parts += [ui, ui.canvas, ui.canvas.glyphs, ui.canvas.panel, ui.keypad, ui.led]
    parts += [session, getattr(session, "link", None), getattr(t, "wifi", None), getattr(t.journal, "log", None)]
    for part in parts:
        kind: "Any" = type(part)
        try:
            kind.__init__ = None
        except (AttributeError, TypeError):
            pass  # no class of ours
