# SPDX-License-Identifier: MIT
"""What the host says beside its answers: DE62 of an authenticated answer (profile section 4). On loan.

TM and TZ set the clock, LK with ME and DT locks, PR asks for work, SC is whom to call, PU forgives wrong PINs.
"""

from micropython import const

from firmware import log
from firmware.host import host_clock

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_MAINTENANCE = const(2)
_NEW_KEYS = const("3")


def _take_time(t: "Terminal", tags: "dict[str, str]") -> None:
    state = t.journal.state
    try:
        state.zone = host_clock.take(tags, state.zone)  # durable with the next change of state
    except ValueError:
        log.event("clock", "bad TM or TZ")


def _take_lock(t: "Terminal", level: int, tags: "dict[str, str]") -> None:
    state = t.journal.state
    end = 0
    if level == _MAINTENANCE:
        t.lock_text = tags.get("DT", "")
        try:
            end = host_clock.utc_of(tags.get("ME", ""), state.zone)
        except ValueError:
            pass  # none: it lasts until the host says otherwise
    if (level, end) != (state.host_lock, state.lock_end):
        t.journal.change(host_lock=level, lock_end=end)
        t.ui.poke()


def take(t: "Terminal", tags: "dict[str, str]") -> None:
    if "TM" in tags:
        _take_time(t, tags)
    pending = tags.get("PR", t.pending)
    if _NEW_KEYS in pending and _NEW_KEYS not in t.pending:
        t.renew_keys()
    t.pending = pending
    t.support = tags.get("SC", t.support)
    if tags.get("PU") == "1":  # the host's word: wrong PINs are forgiven
        t.throttle.clear()
        t.approvals.clear()
        t.host_locked = -1
    if tags.get("LK", "") in ("0", "1", "2"):
        _take_lock(t, int(tags["LK"]), tags)
