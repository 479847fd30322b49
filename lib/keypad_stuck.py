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
        if keypad._is_armed:
            keypad._drive(0)  # as the task had them; a scan leaves them released
        if not keys or time.ticks_diff(time.ticks_ms(), start) >= _LOOK_MS:
            return [keypad._layout[i] for i in range(len(keypad._layout)) if keys & 1 << i]
        await asyncio.sleep_ms(_SCAN_MS)
