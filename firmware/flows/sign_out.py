# SPDX-License-Identifier: MIT
"""Sign-out 签退 (O1, O2): everything uploaded, PIN, totals, confirmation. What follows is firmware.flows.settle, which
also a restart leads back to. The steps are modules on loan, one at a time.
"""

from micropython import const

from firmware.errors import LinkError, Refused, TerminalError
from firmware.loader import Loan
from firmware.store.state import SETTLING

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


async def _drain(t: "Terminal") -> None:
    t.is_serving = False
    with Loan("firmware.flows.drain") as drain:
        await drain.run(t)
    await t.serve()


async def _retry(t: "Terminal", fault: TerminalError) -> None:
    with Loan("firmware.flows.trouble") as trouble:
        await trouble.retry(t, fault)


async def _upload(t: "Terminal") -> None:
    """O1: again and again, as long as the operator wants."""
    while True:
        try:
            return await _drain(t)
        except (LinkError, Refused) as fault:
            await _retry(t, fault)


async def _consented(t: "Terminal") -> bool:
    with Loan("firmware.flows.consent") as consent:
        return await consent.given(t, "sign_out")


async def _confirmed(t: "Terminal") -> bool:
    with Loan("firmware.flows.closing") as closing:
        return await closing.run(t)


async def run(t: "Terminal") -> str:
    """The next journey; "" when the operator went back."""
    await _upload(t)
    if not await _consented(t) or not await _confirmed(t):
        return ""
    await _upload(t)
    t.open_request(code=SETTLING, pointer=0)
    return "settle"
