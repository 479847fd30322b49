# SPDX-License-Identifier: MIT
"""The serial log: one line an event, `ms tag text`.

Callers pass facts and codes only; no PIN, key, PIN block or whole message is ever handed to this module.
"""

import time


def event(tag: str, *facts: object) -> None:
    print(time.ticks_ms(), tag, *facts)
