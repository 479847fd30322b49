# SPDX-License-Identifier: MIT
"""How far a terminal opens itself to who asks over the serial line."""

from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

OPEN = "open"  # nothing is in it yet
BENCH = "bench"
COUNTER = "counter"


def level_of(t: "Terminal") -> str:
    """One of the above. A terminal whose settings are damaged is not an empty one."""
    if t.settings is None:
        return COUNTER if t.facts.is_provisioned else OPEN
    return BENCH if t.settings["bench"] else COUNTER
