# SPDX-License-Identifier: MIT
"""The host's limits in one place; defaults are those of the profile (protocol.md) where it names them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Settings:
    """Limits of the transport, the exchanges, the orders and the PIN check."""

    # Transport.
    handshake_s: float = 15.0
    idle_s: float = 300.0  # a terminal sends an echo after 60 s
    frame_s: float = 10.0  # from the first byte of a frame to its last, and for a response to leave
    linger_s: float = 2.0  # that a peer may take to hear the last word before the close
    max_ending: int = 200  # connections in that state
    max_connections: int = 1000
    max_per_terminal: int = 4  # a terminal that lost its link comes back before the old connection is known to be dead
    in_flight: int = 8
    workers: int = 8

    # Exchanges.
    max_age: timedelta = timedelta(hours=24)  # of DE7, either way
    keep_closed: timedelta = timedelta(days=7)
    key_life: timedelta = timedelta(hours=36)  # a terminal asks for new keys after 24 h
    retired_key_life: timedelta = timedelta(minutes=5)
    prune_s: float = 3600.0
    wake_s: int = 4 * 3600  # tag WK

    # Orders.
    order_s: int = 120  # tag EX
    sale_limit_minor: int = 5_000_000  # most of one order, unless the terminal has a limit of its own
    code_base: str = "HTTPS://P.CN/Q/"  # QR alphanumeric characters, so that the code stays small
    hold_max_s: float = 20.0  # an order's status waits for the payment, whatever tag WT says; 0 never waits
    watch_s: float = 0.25  # payments from other processes are looked for while an answer is held

    # PINs.
    pin_tries: int = 5
    pin_lock: timedelta = timedelta(minutes=30)
    pin_max_age: timedelta = timedelta(days=90)
    pin_warn: timedelta = timedelta(days=7)

    @property
    def order_life(self) -> timedelta:
        return timedelta(seconds=self.order_s)
