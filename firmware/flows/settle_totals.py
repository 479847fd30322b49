# SPDX-License-Identifier: MIT
"""Settlement 结算 (message 6): the terminal states its totals, the host's verdict decides what follows."""

from micropython import const

from firmware import log
from firmware.errors import TerminalError
from firmware.host import settlement
from firmware.store.state import SIGNED_IN, UPLOAD_BAL, UPLOAD_UNBAL
from firmware.store.totals import totals_of
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from firmware.terminal import Terminal


async def run(t: "Terminal", call: "Callable[..., Awaitable[dict]]") -> None:
    """6: state the totals; the host's verdict decides between batch end and details."""
    state = t.journal.state
    t.ui.progress(say("sign_out.title"), say("sign_out.settle"), 30, say("sign_out.warn"))
    totals = totals_of(t.journal)
    fields = settlement.totals_of(t.session.context, totals, state.settle_stan, state.settle_time, t.keys.number)
    answer = await call(t, fields, ("00", "95"))
    verdict = settlement.verdict(answer)
    log.event("settlement", answer[39], verdict)
    if verdict == "1" and answer[39] == "00":
        t.open_request(code=UPLOAD_BAL, pointer=0)
    elif verdict == "2" or answer[39] == "95":
        t.open_request(code=UPLOAD_UNBAL, pointer=0)
    else:
        t.journal.change(code=SIGNED_IN)
        raise TerminalError("T1")
