# SPDX-License-Identifier: MIT
"""Message 2 (status): the echo decides whether the link is up, and it brings the host's clock and wishes."""

from micropython import const

from firmware.errors import Refused
from firmware.loader import Loan

_TWICE = const(2)

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal


def _compose(t: "Terminal") -> "dict":
    with Loan("firmware.flows.hello_request") as request:
        return request.compose(t)


async def run(t: "Terminal") -> None:
    """One status exchange; LinkError or Refused."""
    fields, number = _compose(t), t.keys.number
    try:
        answer = await t.session.call(fields, number, 1)
    except Refused as refusal:
        if refusal.is_signed:
            t.facts.is_barred = refusal.de39 == "58"
        raise
    t.facts.is_barred = False
    held = answer[62].get("AN", "")
    if held.isdigit():
        t.trail_held = int(held)
    if t.unreported:
        with Loan("firmware.crash") as crash:
            crash.forget()
        t.unreported = ""
    if t.failures < _TWICE:  # else the host is there, and it is the upload that fails: after a pause
        t.upload_wanted = True
