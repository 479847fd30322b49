# SPDX-License-Identifier: MIT
"""Sign-out 签退 (O1, O2): the questions. What follows is firmware.flows.settle, which also a restart leads back to."""

from micropython import const

from firmware.loader import Loan
from firmware.store.state import SETTLING

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def _close(t: "Terminal") -> bool:
    with Loan("firmware.flows.closing") as closing:
        return await closing.run(t)


async def run(t: "Terminal") -> str:
    """The next journey; "" when the operator went back."""
    if not await _close(t):
        return ""
    t.open_request(code=SETTLING, pointer=0)
    return "settle"
