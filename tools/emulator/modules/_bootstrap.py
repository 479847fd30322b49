# SPDX-License-Identifier: MIT
"""What ROM, bootloader and `_boot.py` do on the chip: mount littlefs at '/', run boot.py and main.py, then the REPL.

Run by the board as `micropython _bootstrap.py <wire fd> <flash fd>`.  Replaces the one place where asyncio waits, and
its clock, so that waiting is the board's business.
"""

import sys

_modules = sys.path[0]
sys.path[:] = []
import os as _native_os  # noqa: E402
import time as _native_time  # noqa: E402

sys.path[:] = [_modules, ".frozen"]
import micropython  # noqa: E402

micropython.opt_level(3)  # no line numbers for what is not part of the program
import _rpc  # noqa: E402

_rpc.native_os = _native_os
_rpc.native_time = _native_time
import _boot  # noqa: E402

_boot.prepare()
micropython.opt_level(0)
_boot.start()
