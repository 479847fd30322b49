# SPDX-License-Identifier: MIT
"""From nothing to the lock screen: the parts are put together, tested and listened to. On loan."""

import asyncio

import machine
from micropython import const

from firmware import console
from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from firmware.terminal import Terminal


def _is_health_check() -> bool:
    """Woken by the timer, not by a person: everything happens in the dark."""
    return machine.reset_cause() == machine.DEEPSLEEP_RESET and machine.wake_reason() == machine.TIMER_WAKE


async def start_up(run_flow: "Callable[..., Awaitable[Any]]") -> "tuple[Terminal, str]":
    """(terminal, the journey that it was started for); `run_flow` runs one of them."""
    is_dark = _is_health_check()
    with Loan("firmware.composition", alone=True) as composition:
        terminal, settings, damage = await composition.compose(is_dark)
    del composition
    await run_flow(terminal, "power_on", settings, damage)
    with Loan("firmware.composition") as composition:
        composition.finish(terminal)
    # Not before it is known what is in this terminal, and so who may ask for what.
    terminal.supervisor.watch("console", 0, asyncio.create_task(console.run(terminal)))
    return terminal, "health" if is_dark else "service" if terminal.wants_service else ""
