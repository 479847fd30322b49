# SPDX-License-Identifier: MIT
"""The simulated customer: sees open orders, scans a code and pays, or lets it expire. For tests, demos and the bench.

Works on the database alone, so that a phone in another process pays too; `nudge` wakes this process's held answers.
"""

import threading
import time
from collections.abc import Callable

from tools.host import orders
from tools.host.clock import Clock
from tools.host.db import Database
from tools.host.errors import PaymentError, UnknownError
from tools.host.models import Order

PAYER = "138****8000"
_PAYER_BYTES = 32
_LOOK_S = 0.05


class Phone:
    """A customer with any number of payment apps."""

    def __init__(self, db: Database, clock: Clock, nudge: Callable[[], None]) -> None:
        self._db = db
        self._clock = clock
        self._nudge = nudge
        self._timers: list[threading.Timer] = []

    def orders(self, tid: str | None = None) -> list[Order]:
        """Orders that can be paid, oldest first."""
        with self._db.reading() as session:
            return orders.open_orders(session, self._clock(), tid)

    def last(self, tid: str | None = None) -> Order:
        """The newest order that can be paid."""
        return self.wait_for_order(tid, 0)

    def wait_for_order(self, tid: str | None = None, timeout_s: float = 10.0) -> Order:
        """The newest order that can be paid, as soon as there is one (real time); UnknownError if none comes."""
        deadline = time.monotonic() + timeout_s
        while not (found := self.orders(tid)) and time.monotonic() < deadline:
            time.sleep(_LOOK_S)
        if not found:
            raise UnknownError("no order is open")
        return found[-1]

    def pay(self, code: str, payer: str = PAYER) -> Order:
        """Pay an order, by its code (tag QC) or host reference (DE37 of message 4); PaymentError if it is not open."""
        if not payer.isprintable() or not 0 < len(payer.encode()) <= _PAYER_BYTES:
            raise PaymentError(f"a payer has 1 to {_PAYER_BYTES} printable bytes")
        with self._db.writing() as session:
            order = orders.pay(session, code, payer, self._clock())
        self._nudge()
        return order

    def pay_after(self, seconds: float, code: str, payer: str = PAYER) -> threading.Timer:
        """Pay so many seconds of real time later, from a thread of its own; an order that is over by then stays so."""

        def pay() -> None:
            try:
                self.pay(code, payer)
            except (PaymentError, UnknownError):
                return

        timer = threading.Timer(seconds, pay)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()
        return timer

    def expire(self, code: str) -> Order:
        """The order's time is over now."""
        with self._db.writing() as session:
            order = orders.expire_now(session, code, self._clock())
        self._nudge()
        return order

    def close(self) -> None:
        """No payment comes any more."""
        for timer in self._timers:
            timer.cancel()
            timer.join()
        self._timers.clear()
