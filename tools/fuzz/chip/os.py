# SPDX-License-Identifier: MIT
"""`os` for MicroPython under fuzzing: what the firmware asks of it, and `uname` as on the ESP32."""

import sys

_path = sys.path[:]
sys.path[:] = []
_own = sys.modules.pop("os", None)
_real = __import__("os")
sys.path[:] = _path
sys.modules.pop("os", None)
if _own is not None:
    sys.modules["os"] = _own

urandom = _real.urandom


def uname() -> "tuple[str, ...]":
    return "esp32", "esp32", "1.26.1", "v1.26.1 on 2025-09-11", "Generic ESP32 module with ESP32"
