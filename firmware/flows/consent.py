# SPDX-License-Identifier: MIT
"""What the end of a shift needs: the PIN of its operator, or a supervisor's approval in its place (E4, O2).

The two are never in memory together.
"""

from micropython import const

from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def _own(t: "Terminal") -> "bool | None":
    with Loan("firmware.flows.own_pin") as own_pin:
        return await own_pin.confirm(t, True)


async def _approved(t: "Terminal", action: str) -> bool:
    with Loan("firmware.flows.approval") as approval:
        return await approval.run(t, action)


async def given(t: "Terminal", action: str) -> bool:
    """False when they went back, or may not try again now."""
    is_given = await _own(t)
    return await _approved(t, action) if is_given is None else is_given
