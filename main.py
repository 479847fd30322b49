# SPDX-License-Identifier: MIT
"""Starts the application; everything else is in `firmware`.

Closed to the serial port from the first instruction on: the port turns Ctrl-C on for every program that it starts.
Who is open to it, a board without an owner, turns it on again when it knows.
"""

import micropython

micropython.kbd_intr(-1)
try:
    for _ in range(2):
        pass
except KeyboardInterrupt:  # came before the line above, and is raised at the first jump
    pass

from firmware.app import start  # noqa: E402

start()
