# SPDX-License-Identifier: MIT
"""The terminal as the flows see it: every part built once, and what is known beyond the journal.

Nothing here decides what happens next; that is the flows' and the application's work.
"""

import asyncio

from micropython import const

from firmware import clock
from firmware.errors import TerminalError
from firmware.host.session import Keys
from firmware.loader import Loan
from firmware.lock import REASONS, Facts, lock_reason
from firmware.store.journal import Journal, Txn
from firmware.store.state import NOBODY
from firmware.store.throttle import Throttle
from firmware.text import say
from secret import scrub

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.host.session import Session
    from firmware.host.wifi import Wifi
    from firmware.power import Power
    from firmware.supervisor import Supervisor
    from firmware.ui.screen import Screen
    from firmware.ui.ui import Ui

    Credit = tuple[int, int, int, str]
    """Kind, amount in minor units, STAN and DE61 (batch, STAN, local date) of what it goes back from."""

VERSION = "0.1.0"
_TURN_MS = const(50)
_UNSEEN = const(3)  # turns before it is said that somebody has to wait
_POLITE = const(12)  # turns before the line is taken away
_PATIENT = const(60)  # turns in all
_ICON_LOCK = const("\ue000")
_ICON_LINK = ("\ue010", "\ue011", "\ue012", "\ue013", "\ue014")
_ICON_BATTERY = ("\ue020", "\ue021", "\ue022", "\ue023")


class Terminal:
    """Parts and facts. `settings` is None until the terminal is provisioned."""

    def __init__(self, power: "Power", ui: "Ui", supervisor: "Supervisor") -> None:
        self.power, self.ui, self.supervisor = power, ui, supervisor
        self.journal = Journal()
        self.throttle = Throttle(self.journal, "attempts")
        self.approvals = Throttle(self.journal, "approvals")
        self.host_locked = -1  # operator whom the host has locked
        self.settings: "dict | None" = None
        if TYPE_CHECKING:  # from firmware.connect
            self.wifi: Wifi
            self.session: Session
        self.badge = "      "  # in the status row of every screen
        self.facts = Facts()
        self.keys = Keys(_static_keys)
        self.pin_digest = b""  # of the signed-in operator's PIN, see pin_check
        self.must_change_pin = False  # signed in, and may do nothing before
        self.operator_name = ""
        self.tags: "dict[str, str]" = {}  # of the last authenticated answer
        self.pending = ""  # PR: work that the host wants done
        self.support = self.lock_text = ""  # whom to call, why it is under maintenance
        self._shown = ""  # lock reason that was told and noted last
        self.trail_held = -1  # newest record of the audit trail that the host holds; -1: not known
        self.wake_s = 0
        self.unsent_stan = 0  # open request of the state record that was made in this run and not sent yet
        self.is_serving = False  # a journey has all the memory: nothing begins behind the counter
        self.is_behind = False  # something is under way there
        self.upload_wanted = False
        self.uploaded = 0  # since power-on
        self.failures = 0  # of uploads and of asking how transactions have ended, in a row
        self.ended: "Txn | None" = None  # was not known, and is now; shown when ready, until the next sale
        self.has_told = False  # it was shown
        self.order: "tuple[int, str, int]" = (0, "", 0)  # at the counter: STAN, text of the code, s it is valid
        self.credit: "Credit" = (0, 0, 0, "")  # what the next journey gives back
        self.is_connecting = False  # a handshake begins: no Python runs for up to a second
        self.upload_fault: "TerminalError | None" = None
        self.renewal: "TerminalError | None" = None  # why to sign in again; told when idle
        self.again: "tuple[int, int] | None" = None  # operator and shift of a sign-in that only renews the keys
        self.farewell = ""  # what a settlement has come to
        self.unreported = ""  # a fault of the software that the host does not know of
        self.wants_service = False  # the menu key was held at power-on

    async def serve(self, has_time: bool = True) -> None:
        """A large journey begins: what is under way behind the counter ends soon, or loses its line and comes again."""
        self.is_serving = True
        for turn in range(_PATIENT if has_time else _POLITE):
            if not self.is_behind:
                break
            if turn >= _POLITE and not self.is_connecting:  # a connection that is being made is needed next
                self.session.link.close()
            if turn >= _UNSEEN:
                self.ui.progress("", say("wait"), 100 * turn // _PATIENT)
            await asyncio.sleep_ms(_TURN_MS)

    def exchanging(self) -> None:
        """An exchange is under way: the flow that waits for it is alive."""
        self.supervisor.beat("main")
        self.supervisor.beat("link")
        self.supervisor.feed()

    def refresh_context(self) -> None:
        """Requests carry what the state record says."""
        state = self.journal.state
        context = self.session.context
        context.batch = state.batch
        context.zone = state.zone
        context.operator = "%03d" % state.operator if self.keys.is_signed_in else ""

    def hear(self, tags: "dict[str, str]") -> None:
        """DE62 of an authenticated answer."""
        self.tags = tags
        if tags:
            with Loan("firmware.heard") as heard:
                heard.take(self, tags)

    def switch(self, screen: "Screen") -> None:
        """The next language, on the live screen too."""
        with Loan("firmware.retell") as retell:
            retell.switch(self, screen)

    def reason(self) -> str:
        """Why the terminal is locked now, "" if it is not."""
        facts = self.facts
        state = self.journal.state
        has_ended = 0 < state.lock_end <= clock.now_s()
        facts.host_lock = 0 if has_ended else state.host_lock
        facts.is_pin_locked = self.throttle.left_s() > 0
        facts.is_signed_in = self.keys.is_signed_in and not self.must_change_pin
        return lock_reason(facts)

    def watch(self) -> int:
        """Every few seconds: what time and battery mean for the lock is shown at once. Millivolts of the cell."""
        millivolts = self.power.millivolts()
        self.facts.is_battery_low = millivolts < self.power.low_mv
        reason = self.reason()
        if reason != self._shown:
            self.ui.poke()
            try:
                self._note_lock(reason)
            except MemoryError:  # a journey needs it all just now; the next round comes in seconds
                pass
        return millivolts

    def note(self, event: str, detail: int = 0, operator: int = -1) -> None:
        """For the audit trail: a name of firmware.store.trail, and what belongs to it; by whoever is signed in."""
        if operator < 0:
            operator = self.journal.state.operator if self.keys.is_signed_in else NOBODY
        with Loan("firmware.store.trail") as trail:
            trail.note(self.journal, event, operator, detail)

    def _note_lock(self, reason: str) -> None:
        with Loan("firmware.store.trail") as trail:
            event, detail = trail.lock_event(self._shown, reason, REASONS)
        if event:
            self.note(event, detail)
        self._shown = reason

    def show_status(self) -> None:
        """Compose the status row: link, operator, battery, lock."""
        state = self.journal.state
        level = 0
        if self.settings is not None and self.wifi.is_up:
            level = self.wifi.level() if self.session.link.is_open else 1
        millivolts = self.watch()
        who = "%03d" % state.operator if self.keys.is_signed_in else "   "
        self.ui.status = "%s%s %s     %s%s" % (
            _ICON_LINK[level],
            self.badge,
            who,
            _ICON_BATTERY[self.power.level(millivolts)],
            _ICON_LOCK if self.reason() else "  ",
        )

    def next_stan(self) -> "tuple[int, int]":
        """(STAN, time now): what makes a new request."""
        return self.journal.next_stan(), clock.now_s()

    def new_txn(self, kind: int, amount: int) -> Txn:
        """A transaction of this batch, by whoever is signed in; without a status, and not yet in the journal."""
        state = self.journal.state
        txn = Txn()
        txn.stan, txn.time = self.next_stan()
        txn.epoch, txn.batch, txn.zone = state.epoch, state.batch, state.zone
        txn.operator, txn.shift = state.operator, state.shift
        txn.kind, txn.amount = kind, amount
        return txn

    def open_request(self, **fields: int) -> None:
        """A new request of the settlement becomes durable together with the state that it belongs to."""
        stan, now = self.next_stan()
        self.journal.change(settle_stan=stan, settle_time=now, **fields)
        self.unsent_stan = stan

    def note_refusal(self, fault: "TerminalError | None") -> None:
        """A background exchange has ended so: what only a new sign-in mends is told on the ready screen."""
        if fault is not None and fault.needs_sign_in and self.keys.is_signed_in:
            self.renewal = fault
            self.ui.poke()

    def renew_keys(self) -> None:
        """The working keys are due: to be told when idle, and on the operator's word signed in again."""
        fault = TerminalError("K2")
        fault.needs_sign_in = True
        self.note_refusal(fault)

    def wipe(self) -> None:
        """Nobody is signed in any more, as far as RAM goes."""
        self.keys.wipe()
        self.pin_digest = b""
        self.operator_name = ""
        self.renewal = None
        self.must_change_pin = self.facts.is_idle = False
        if self.settings is not None:
            self.refresh_context()
        scrub()


def _static_keys() -> "list[bytes]":
    with Loan("firmware.store.secrets") as secrets:
        return secrets.static_keys()
