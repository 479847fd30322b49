# SPDX-License-Identifier: MIT
"""The lock screen: icon, reason, what leads out of it; every function that is asked for here is refused by name."""

from micropython import const

from firmware import clock
from firmware.loader import Loan
from firmware.lock import IDLE, LIGHTS, MAINTENANCE, PIN_LOCKED, SIGN_IN, SOFTWARE, UNPROVISIONED
from firmware.text import say
from firmware.ui import light
from firmware.ui.canvas import CENTRE, WIDTH
from firmware.ui.screen import ENTER, MENU, Screen
from firmware.ui.ui import POWER_LONG

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

_ICON_LOCK = const("\ue000")
_MENU_MS = const(30_000)
_REFUSAL_MS = const(10_000)
_COLUMNS = const(21)  # of Latin letters
_SECOND_MS = const(1000)
_MINUTE_MS = const(60_000)
_ITEMS = ("sign_in", "sale", "totals", "sign_out", "support", "language", "off", "adjust", "diagnostics")
_KEYS = (ENTER, MENU, POWER_LONG)
_WAYS_OUT = {SIGN_IN: "sign_in", IDLE: "unlock", PIN_LOCKED: "unlock", SOFTWARE: "recover"}  # behind ENTER


class _Locked(Screen):
    """Stands until ENTER, MENU, the power key, or until the reason has changed."""

    is_resting = True

    def __init__(self, t: "Terminal", reason: str) -> None:
        super().__init__(t.ui)
        self._t = t
        self._reason = reason

    def draw(self) -> None:
        t = self._t
        t.show_status()
        canvas = self.ui.canvas
        canvas.row(1, say("lock.title", _ICON_LOCK), CENTRE)
        canvas.row(2, say("lock." + self._reason, t.facts.fault), CENTRE, True)
        canvas.row(3, self._detail(), CENTRE)
        hint = "out." + self._reason
        if self._reason == SIGN_IN:
            hint = "check.host" if t.is_connecting else "hint.lock"
        canvas.row(4, say(hint), CENTRE)
        self.ui.light(LIGHTS.get(self._reason, light.LOCKED))

    def _detail(self) -> str:
        t = self._t
        if self._reason == PIN_LOCKED:
            left = t.throttle.left_s()
            return say("pin.wait", "%d:%02d" % (left // 60, left % 60))
        if self._reason == MAINTENANCE:
            return self._until()
        if self._reason == SOFTWARE:
            return t.facts.crash[:_COLUMNS]
        if self._reason == IDLE:
            return say("ready.line", "%03d" % t.journal.state.operator, t.journal.state.shift)
        return say("terminal", t.settings["tid"] if t.settings else "-")

    def _first_line(self, words: str) -> str:
        """As much as there is room for; all of it is told where support is asked."""
        with Loan("firmware.ui.wrap") as wrap:
            lines = wrap.wrap(self.ui.canvas.glyphs, words, WIDTH)
        return lines[0] if lines else ""

    def _until(self) -> str:
        """When the maintenance ends, or what the host says of it."""
        state = self._t.journal.state
        if not state.lock_end:
            return self._first_line(self._t.lock_text) or say(
                "terminal", self._t.settings["tid"] if self._t.settings else "-"
            )
        return say("lock.until", "%02d:%02d" % clock.local(state.lock_end, state.zone)[3:5])

    def on_poke(self) -> "str | None":
        return "changed" if self._t.reason() != self._reason else None

    def on_key(self, key: str) -> "str | None":
        return key if key in _KEYS else None


def _is_allowed(item: str, reason: str) -> bool:
    if item == "support":
        return reason != UNPROVISIONED
    return (
        item in ("language", "off", "adjust", "diagnostics")
        or item == "sign_in"
        and reason == SIGN_IN
        or item == "sign_out"
        and reason == IDLE
    )


async def _key(t: "Terminal", reason: str) -> str:
    """One of _KEYS; "" when the reason has changed. What is left to wait is counted down."""
    screen = _Locked(t, reason)
    while t.reason() == reason:
        key = await screen.result(_SECOND_MS if reason == PIN_LOCKED else _MINUTE_MS)
        if key in _KEYS:
            return key
    return ""


async def run(t: "Terminal", reason: str) -> str:
    """The journey that was asked for, "" if none or refused."""
    with Loan("firmware.tongue") as tongue:
        tongue.load(t)
    t.ui.wake()  # a lock that comes is seen
    key = await _key(t, reason)
    if key == POWER_LONG:
        return "power_menu"
    if key == ENTER:
        return _WAYS_OUT.get(reason, "")
    if key != MENU:
        return ""
    with Loan("firmware.ui.menu") as menu:
        item = await menu.Menu(t.ui, say("menu"), _ITEMS).result(_MENU_MS)
    if item not in _ITEMS:
        return ""
    if _is_allowed(item, reason):
        return item
    with Loan("firmware.ui.screens") as screens:
        await screens.Message(t.ui, say("refused.title"), say("refused." + reason)).result(_REFUSAL_MS)
    return ""
