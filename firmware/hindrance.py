# SPDX-License-Identifier: MIT
"""Why no sale can be taken now: asked before a sale, and as the probe of a lock from outside (L3, L5)."""

from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_NO_SALES = const(1)
_FAILURES = const(3)  # in a row, to learn how a transaction has ended


def hindrance(t: "Terminal") -> str:
    """Why no sale can be taken now: a lock reason, another key of the catalogue, or ""."""
    if reason := t.reason():
        return reason
    if t.journal.state.is_settling:
        return "sale.frozen"
    if t.journal.state.host_lock == _NO_SALES:
        return "sale.locked"
    if t.journal.open and t.failures >= _FAILURES:
        return "sale.unknown"
    return "sale.full" if t.journal.is_full else ""
