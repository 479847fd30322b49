# SPDX-License-Identifier: MIT
"""What the status LED says: one table of state to colour and rhythm, told apart without seeing colours.

Ready and locked are both steady (they differ on the screen's lock icon too); everything else has its own rhythm.
Steps are (red, green, blue, tens of ms), a byte each; 0 ms holds for ever.
"""

OFF = b"\x00\x00\x00\x00"
READY = b"\x00\xff\x00\x00"
LOCKED = b"\xff\x00\x00\x00"
FAULT = b"\xff\x00\x00\x0c\x00\x00\x00\x0c\xff\x00\x00\x0c\x00\x00\x00\x40"  # double blink each second
BUSY = b"\x00\xff\x00\x19\xff\x00\x00\x19"  # signing in or out
MAINTENANCE = b"\xff\xc8\x00\x64\x00\x00\x00\x64"
START = b"\x00\x00\xff\x00"


def blinks(count: int) -> bytes:
    """A self-test code for a terminal whose display is dead: `count` red blinks, then a pause."""
    return b"\xff\x00\x00\x19\x00\x00\x00\x19" * count + b"\x00\x00\x00\x96"


def steps(pattern: bytes) -> "tuple[tuple[int, int, int, int], ...]":
    """As the LED driver takes it: (red, green, blue, ms) each."""
    return tuple([(pattern[i], pattern[i + 1], pattern[i + 2], 10 * pattern[i + 3]) for i in range(0, len(pattern), 4)])
