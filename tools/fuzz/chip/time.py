# SPDX-License-Identifier: MIT
"""`time` for MicroPython under fuzzing: the date stands still, so that a case is the same whenever it is run.

Ahead of the built-in on sys.path, which is reached with the path emptied.
"""

import sys

NOW_S = 1_795_136_400  # 2026-11-20 01:00 UTC

_path = sys.path[:]
sys.path[:] = []
_own = sys.modules.pop("time", None)
_real = __import__("time")
sys.path[:] = _path
sys.modules.pop("time", None)
if _own is not None:
    sys.modules["time"] = _own

gmtime, mktime = _real.gmtime, _real.mktime
ticks_ms, ticks_us, ticks_add, ticks_diff = _real.ticks_ms, _real.ticks_us, _real.ticks_add, _real.ticks_diff
sleep, sleep_ms, sleep_us = _real.sleep, _real.sleep_ms, _real.sleep_us


def time() -> int:
    return NOW_S
