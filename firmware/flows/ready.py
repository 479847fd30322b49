# SPDX-License-Identifier: MIT
"""The ready screen of a signed-in terminal; what is behind its keys is in `offer`."""

import time

from micropython import const

from firmware import clock
from firmware.loader import Loan
from firmware.store.journal import ACKED, VOID
from firmware.store.totals import totals_of
from firmware.text import money, say
from firmware.ui import light
from firmware.ui.canvas import CENTRE
from firmware.ui.screen import MENU, Screen
from firmware.ui.ui import POWER_LONG

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Txn
    from firmware.terminal import Terminal

_NO_SALES = const(1)
_NEARLY_FULL = const(80)  # percent
_SALES = {"1": "sale", "2": "order"}
_KEYS_MS = const(86_400_000)  # working keys are good for a day
_REMIND_MS = const(3_600_000)
_MINUTE_MS = const(60_000)


def _outcome(txn: "Txn") -> str:
    """What has become of a transaction of which the counter was told that it is not known."""
    return say("ready.ended%d" % (2 * (txn.kind >= VOID) + (txn.status == ACKED)), money(txn.amount))


class _Ready(Screen):
    """Who works, since when, what is open. Left each minute and entered again, for the clock."""

    is_resting = True

    def __init__(self, t: "Terminal") -> None:
        super().__init__(t.ui)
        self._t = t

    def draw(self) -> None:
        t = self._t
        t.show_status()
        state = t.journal.state
        canvas = self.ui.canvas
        totals = totals_of(t.journal)
        now = clock.local(clock.now_s(), state.zone)
        canvas.row(1, "%s %02d:%02d" % (say("ready"), now[3], now[4]), CENTRE)
        canvas.row(2, say("ready.line", "%03d" % state.operator, state.shift), CENTRE)
        if state.host_lock == _NO_SALES:
            canvas.row(3, say("ready.no_sales"), CENTRE)
        elif t.ended:
            canvas.row(3, _outcome(t.ended), CENTRE)
            t.has_told = True
        elif totals.open:
            canvas.row(3, say("ready.open", totals.open), CENTRE)
        elif t.journal.used_percent >= _NEARLY_FULL:
            canvas.row(3, say("ready.full", t.journal.used_percent), CENTRE)
        elif totals.waiting:
            canvas.row(3, say("ready.waiting", totals.waiting), CENTRE)
        else:
            canvas.row(3, say("ready.batch", "%06d" % state.batch, totals.records), CENTRE)
        canvas.row(4, say("hint.ready"), CENTRE)
        self.ui.light(light.READY)

    def on_poke(self) -> "str | None":
        t = self._t
        return "changed" if t.reason() or t.renewal or "8" in t.pending else None

    def on_key(self, key: str) -> "str | None":
        return key if key in (MENU, POWER_LONG) or key in _SALES else None


def _is_idle(t: "Terminal") -> bool:
    """W5: nobody has been at the keys for as long as the settings allow."""
    idle_s = t.settings["idle"] if t.settings else 0
    t.facts.is_idle = idle_s > 0 and t.ui.untouched_ms() >= 1000 * idle_s
    return t.facts.is_idle


def _patience_ms(t: "Terminal") -> int:
    """Until the clock shows another minute, or the terminal has been left alone for too long."""
    idle_s = t.settings["idle"] if t.settings else 0
    return min(_MINUTE_MS, 1000 * idle_s - t.ui.untouched_ms()) if idle_s else _MINUTE_MS


async def run(t: "Terminal") -> str:
    """The journey that was asked for, or that is due; "" for none. The refusal that only a new sign-in mends."""
    t.journal.prepare()
    fault, t.renewal = t.renewal, None
    if fault is not None:
        raise fault
    if "8" in t.pending and t.session.link.is_open:
        return "notices"
    if time.ticks_diff(time.ticks_ms(), t.keys.since_ms) > _KEYS_MS:
        t.keys.since_ms = time.ticks_add(t.keys.since_ms, _REMIND_MS)
        t.renew_keys()
        return ""
    if _is_idle(t):
        return ""
    key = await _Ready(t).result(_patience_ms(t))
    if key == POWER_LONG:
        return "power_menu"
    if key != MENU and key not in _SALES:
        return ""
    with Loan("firmware.flows.offer") as offer:
        return await (offer.allowed(t, _SALES[key]) if key in _SALES else offer.chosen(t))
