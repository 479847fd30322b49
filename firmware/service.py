# SPDX-License-Identifier: MIT
"""Service mode: the REPL on the serial port, no watchdog, nobody signed in, yellow light.

Entered by a mark in RTC memory and a restart, since a watchdog that runs cannot be stopped. Who may leave the mark is
decided by firmware.flows.service (key held at power-on) and firmware.bench.service (bench boards).
"""

import machine
from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_MARK = b"service mode"


def holds_records(t: "Terminal") -> bool:
    """Is there anything of an open batch that only this terminal knows?"""
    return len(t.journal) > 0 or t.journal.state.is_settling


def enter(t: "Terminal") -> None:
    """Does not return."""
    t.note("SERVICE")
    t.wipe()
    machine.RTC().memory(_MARK)
    machine.reset()


def is_wanted() -> bool:
    """Was the mark left before this start? It counts once."""
    memory = machine.RTC()
    if bytes(memory.memory()) != _MARK:
        return False
    memory.memory(b"")
    return True
