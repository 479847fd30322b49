# SPDX-License-Identifier: MIT
"""`@status`: is the terminal locked, why, and what do screen, LED and a function that is asked for say of it (L5).

Screen and LED are told from what was drawn and lit, not from the state that they should show.
"""

from micropython import const

from firmware import lock
from firmware.bench.level import level_of
from firmware.bench.light_words import words_of
from firmware.bench.rows import texts
from firmware.loader import Loan
from firmware.terminal import VERSION
from firmware.text import say

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

    from firmware.terminal import Terminal

_ICON_LOCK = const("\ue000")
_STATES = ("signed_out", "signed_in", "settling", "upload", "upload_details", "closed", "pin_change")


def _screen(t: "Terminal") -> "dict[str, Any]":
    """Which lock reason do the rows of the live screen tell?"""
    canvas = t.ui.canvas
    if canvas.is_dead:
        return {"icon": False, "reason": "", "dead": True}
    status, title, shown, _, _ = texts(canvas)
    facts: "dict[str, Any]" = {"icon": _ICON_LOCK in title or _ICON_LOCK in status, "reason": ""}
    for reason in lock.REASONS:
        if shown and shown == say("lock." + reason, t.facts.fault):
            facts["reason"] = reason
    return facts


def _state(t: "Terminal") -> str:
    if t.settings is None:
        return "unprovisioned"
    code = t.journal.state.code
    if code == 1 and not t.keys.is_signed_in:
        return "signed_out"  # a restart has ended the shift; the record says who had it
    return _STATES[code]


def _probe(t: "Terminal") -> str:
    """With what would a sale be refused that is asked for now?"""
    with Loan("firmware.hindrance") as module:
        return module.hindrance(t)


async def answer(t: "Terminal", _words: "list[str]") -> "dict[str, Any]":
    reason = t.reason()
    return {
        "v": VERSION,
        "tid": t.settings["tid"] if t.settings else "",
        "state": _state(t),
        "locked": bool(reason),
        "reason": reason,
        "screen": _screen(t),
        "led": words_of(t.ui.led),
        "probe": _probe(t),
        "batch": t.journal.state.batch,
        "records": len(t.journal),
        "bench": bool(t.settings and t.settings["bench"]),
        "level": level_of(t),
    }
