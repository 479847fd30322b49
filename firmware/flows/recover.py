# SPDX-License-Identifier: MIT
"""Out of the lock after repeated faults of the software: start again with a clean count; the report is kept (L6)."""

import machine
from micropython import const

from firmware import crash
from firmware.flows.asking import ask_yes
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def run(t: "Terminal") -> None:
    if await ask_yes(t, say("lock.software", ""), say("recover.ask")):
        crash.forgive()
        t.wipe()
        machine.reset()
