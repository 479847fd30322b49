# SPDX-License-Identifier: MIT
"""Is it the signed-in operator who stands there? The PIN again, compared with what RAM has learnt of it (E1, E2).

Each try is counted in flash before it is judged; with the fifth wrong one nobody is signed in any more.
"""

from micropython import const

from firmware import pin_check
from firmware.flows.asking import ANOTHER, ask_pin
from firmware.text import say
from firmware.ui.screens import Message
from secret import wipe

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_TRIES = const(5)
_TELL_MS = const(30_000)


async def confirm(t: "Terminal", has_other: bool = False) -> "bool | None":
    """False when the operator went back, or may not try again now; None when another one shall give the PIN."""
    pin = bytearray(12)
    while not t.throttle.left_s():
        try:
            length = await ask_pin(t, pin, t.journal.state.operator, has_other)
            if length == ANOTHER:
                return None
            if not length:
                return False
            t.throttle.count()
            is_right = pin_check.matches(t.pin_digest, memoryview(pin)[:length])
        finally:
            wipe(pin)
        if is_right:
            t.throttle.clear()
            t.facts.is_idle = False
            return True
        t.note("PIN_FAILED", t.throttle.tries)
        left = _TRIES - t.throttle.tries
        if left <= 0:
            t.wipe()  # only the host can say who this is now
            return False
        await Message(t.ui, say("pin.wrong"), say("pin.local", left)).result(_TELL_MS)
    return False
