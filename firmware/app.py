# SPDX-License-Identifier: MIT
"""Composition root and lifecycle: welcome, tasks, then lock screen or work for ever; the one outlet for errors.

Journeys are imported when they start and forgotten when they end: together they would not fit the heap.
"""

import asyncio
import sys

import machine
from micropython import const

from firmware import log, text
from firmware.board import Board
from firmware.errors import StoreError, TerminalError
from firmware.loader import Loan
from firmware.supervisor import Supervisor
from firmware.ui import light
from firmware.ui.canvas import Canvas
from firmware.ui.glyphs import Glyphs
from firmware.ui.screens import progress
from firmware.ui.ui import Ui

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_GLYPHS = "/firmware/ui/glyphs.bin"
_MAIN_SILENCE_MS = const(60_000)
_TASK_SILENCE_MS = const(30_000)
_READ_MS = const(5000)


async def run_flow(terminal: "Terminal", name: str, *facts: object) -> object:
    """Run one journey of `firmware.flows` and let go of its code again."""
    with Loan("firmware.flows." + name) as journey:
        return await journey.run(terminal, *facts)


def _settings() -> "tuple[dict[str, object] | None, StoreError | None]":
    with Loan("firmware.store.settings") as settings:
        try:
            return settings.load(), None
        except StoreError as fault:
            return None, fault


def _is_health_check() -> bool:
    """Woken by the timer, not by a person: everything happens in the dark."""
    return machine.reset_cause() == machine.DEEPSLEEP_RESET and machine.wake_reason() == machine.TIMER_WAKE


async def _live(terminal: "Terminal") -> None:
    """Lock screen, resumed sign-out or ready screen: whichever the state says, for ever."""
    while True:
        try:
            reason = terminal.reason()
            if reason:
                await run_flow(terminal, "lock", reason)
            elif terminal.journal.state.is_settling:
                await run_flow(terminal, "sign_out")
            else:
                await run_flow(terminal, "ready")
        except TerminalError as fault:
            log.event("trouble", fault.code, fault.detail)
            await run_flow(terminal, "trouble", fault)


async def _main() -> None:
    settings, damage = _settings()
    text.load(str(settings["language"]) if settings else "")
    supervisor = Supervisor()
    board = Board(str(settings["profile"]) if settings else "reference")
    ui = Ui(Canvas(board.display, Glyphs(_GLYPHS)), board.keypad, board.led, lambda: supervisor.beat("main"))
    tasks = [("keypad", asyncio.create_task(board.keypad.run())), ("led", asyncio.create_task(board.led.run()))]
    ui.is_dark = _is_health_check()
    ui.light(light.START)
    if not ui.is_dark:
        ui.canvas.start()
    progress(ui, "", text.say("welcome"), 5)
    supervisor.start()
    supervisor.watch("main", _MAIN_SILENCE_MS)
    for name, task in tasks:
        supervisor.watch(name, 0, task)
    tasks.append(("supervisor", asyncio.create_task(supervisor.run())))
    from firmware.terminal import Terminal  # here, so that the welcome stands while the rest of the code loads

    terminal = Terminal(board, ui, supervisor)
    await run_flow(terminal, "power_on", settings, damage)
    if ui.is_dark:
        await run_flow(terminal, "health")
    await _live(terminal)


async def _guarded() -> None:
    try:
        await _main()
    except Exception as fault:  # noqa: BLE001  the one outlet: a fault in the software restarts the terminal, locked
        sys.print_exception(fault)
        machine.reset()


def start() -> None:
    asyncio.run(_guarded())
