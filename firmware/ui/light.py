# SPDX-License-Identifier: MIT
"""What the status LED says: one table of state to colour and rhythm, told apart without seeing colours.

Ready and locked are both steady (they differ on the screen's lock icon too); everything else has its own rhythm.
Steps are (red, green, blue, ms), 0..255; 0 ms holds for ever.
"""

OFF = ((0, 0, 0, 0),)
READY = ((0, 255, 0, 0),)
LOCKED = ((255, 0, 0, 0),)
FAULT = ((255, 0, 0, 120), (0, 0, 0, 120), (255, 0, 0, 120), (0, 0, 0, 640))
BUSY = ((0, 255, 0, 250), (255, 0, 0, 250))  # signing in or out
MAINTENANCE = ((255, 200, 0, 1000), (0, 0, 0, 1000))
START = ((0, 0, 255, 0),)


def blinks(count: int) -> "tuple[tuple[int, int, int, int], ...]":
    """A self-test code for a terminal whose display is dead: `count` red blinks, then a pause."""
    return ((255, 0, 0, 250), (0, 0, 0, 250)) * count + ((0, 0, 0, 1500),)
