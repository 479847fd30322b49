# SPDX-License-Identifier: MIT
"""Ways out of a lock that a person opens with a PIN: the idle lock, and the wait after wrong PINs (W5, L6)."""

from micropython import const

from firmware.loader import Loan
from firmware.lock import IDLE

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def _confirm(t: "Terminal") -> None:
    with Loan("firmware.flows.own_pin") as own_pin:
        await own_pin.confirm(t)


async def _is_approved(t: "Terminal") -> bool:
    with Loan("firmware.flows.preparation") as preparation:
        await preparation.run(t)
    with Loan("firmware.flows.approval") as approval:
        return await approval.run(t, "unlock")


async def run(t: "Terminal") -> None:
    reason = t.reason()
    if reason == IDLE:
        await _confirm(t)
    elif await _is_approved(t):
        t.throttle.clear()
        t.host_locked = -1
