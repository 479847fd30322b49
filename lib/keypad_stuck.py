# SPDX-License-Identifier: MIT
"""Part of keypad: the self-test for keys that do not come up again."""

import asyncio
import time

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from keypad import Keypad

_SCAN_MS = const(5)
_LOOK_MS = const(50)


async def look(keypad: "Keypad") -> list[str]:
    start = time.ticks_ms()
    keys = -1
    while True:
        keys &= keypad._scan()
        if not keys or time.ticks_diff(time.ticks_ms(), start) >= _LOOK_MS:
            if not keypad._is_running:
                keypad._drive(1)
            count = len(keypad._rows) * len(keypad._columns)  # not the button, by which the device was switched on
            return [keypad._layout[i] for i in range(count) if keys & 1 << i]
        await asyncio.sleep_ms(_SCAN_MS)
