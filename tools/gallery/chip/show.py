# SPDX-License-Identifier: MIT
"""Shows a list of screens on MicroPython, with the firmware's own screens, words and panel driver.

The order is a line of JSON: language, screens, each with its kind. For each picture a line comes back: what went over
the panel's bus, what stands where, which rows are inverse, where bars are, and which words were said for it.
"""

import json

import desk_top
import kinds

from firmware import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _prepared(t: desk_top.Desk, status: str) -> None:
    """The status row before a screen: none, or as on a terminal that is open, locked, or open and on the bench."""
    t.locked = "sign_in" if status == "locked" else ""
    t.keys.is_signed_in = status != "locked"
    t.settings = {"tid": "99999999"}
    t.badge = " BENCH" if status == "bench" else "      "
    if status:
        t.show_status()
    else:
        t.ui.status = ""


def _told(t: desk_top.Desk, at: int) -> None:
    rows = t.ui.canvas.rows
    facts = {
        "screen": at,
        "sent": [data.hex() for data in desk_top.sent],
        "drawn": [line.facts for line in desk_top.drawn],
        "inverse": [n for n in range(len(rows)) if isinstance(rows[n], tuple) and len(rows[n]) > 2 and rows[n][2]],
        "bars": [n for n in range(len(rows)) if isinstance(rows[n], int)],
        "said": desk_top.said,
    }
    print("picture " + json.dumps(facts))
    desk_top.sent.clear()


def main(order: "dict[str, Any]") -> None:
    text.load(order["language"])
    t = desk_top.Desk()
    for at in range(len(order["screens"])):
        screen = order["screens"][at]
        desk_top.said.clear()
        _prepared(t, screen["status"])
        t.ui.canvas.clear()
        for _ in kinds.KINDS[screen["kind"]](t, screen):
            _told(t, at)
