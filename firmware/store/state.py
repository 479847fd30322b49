# SPDX-License-Identifier: MIT
"""The state record: everything durable about the terminal that is not a transaction, in one journal record.

A change writes a whole new record, so that it is atomic; the newest one is the state. Codes are those of the profile.
"""

import struct

from micropython import const

from firmware.store.record import Record

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

_ADDED = const(5)  # bytes that the first version of the record did not have

# Codes of `code`
SIGNED_OUT = const(0)
SIGNED_IN = const(1)
SETTLING = const(2)  # sales frozen, totals may have been sent
UPLOAD_BAL = const(3)  # host agrees, batch end due
UPLOAD_UNBAL = const(4)  # host differs, details due from `pointer`
CLOSED = const(5)  # batch closed, sign-out message due
PW_CHANGE = const(6)

NOBODY = const(255)


class State(Record):
    """The fields of NAMES as attributes."""

    FORMAT = "<BBBBBBBIIIIIIHHhHBI"
    NAMES = (
        "code",
        "host_lock",  # LK: 0 free, 1 no new sales, 2 maintenance
        "operator",  # 0..99, NOBODY
        "role",  # 0 cashier, 1 supervisor, 9 administrator
        "shift",
        "attempts",  # PIN tries since the last right one, counted before the PIN is used
        "language",  # index into text.LANGUAGES
        "epoch",  # ordinal of the batch on this terminal; unlike the host's number it only grows
        "batch",
        "stan_limit",  # highest STAN that may have been used
        "settle_stan",
        "settle_time",  # s since 2000-01-01, DE7 of the settlement: a resumed one is a repeat, not a new request
        "clock",  # last time known, s since 2000-01-01
        "notice",
        "parameters",
        "zone",  # minutes east of UTC
        "pointer",  # details uploaded so far
        "approvals",  # tries of a supervisor's PIN since the last right one, counted like the others
        "lock_end",  # when a maintenance lock ends by itself, s since 2000-01-01 UTC; 0: at the host's word only
    )

    if TYPE_CHECKING:
        code: int
        host_lock: int
        operator: int
        role: int
        shift: int
        attempts: int
        language: int
        epoch: int
        batch: int
        stan_limit: int
        settle_stan: int
        settle_time: int
        clock: int
        notice: int
        parameters: int
        zone: int
        pointer: int
        approvals: int
        lock_end: int

    def __init__(self) -> None:
        for name in self.NAMES:
            setattr(self, name, 0)
        self.operator = NOBODY
        self.zone = 480

    def load(self, payload: bytes) -> "Any":
        """Records of an earlier version are shorter: what they did not know is zero."""
        missing = struct.calcsize(self.FORMAT) - len(payload)
        return Record.load(self, payload + bytes(missing) if 0 < missing <= _ADDED else payload)

    @property
    def is_settling(self) -> bool:
        return SETTLING <= self.code <= CLOSED
