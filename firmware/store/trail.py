# SPDX-License-Identifier: MIT
"""The audit trail: who did what to this terminal, each record chained to the one before it. On loan.

A record is a journal record of 20 bytes: number u32 BE, time u32 BE (s since 2000-01-01 UTC), event, operator (255:
nobody), detail u16 BE, then SHA-256 of the chain before and these 12 bytes, cut to 8. The host keeps them for ever, the
terminal the newest ones.
"""

import hashlib
import struct

from micropython import const

from firmware import clock, log
from firmware.errors import StoreError

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.store.journal import Journal

_EVENTS = {
    "POWER_ON": 1,
    "SIGN_IN": 2,
    "SIGN_IN_FAILED": 3,
    "SIGN_OUT": 4,
    "PIN_FAILED": 5,
    "PIN_LOCKED": 6,
    "PIN_CHANGED": 7,
    "APPROVED": 8,
    "LOCKED": 9,
    "UNLOCKED": 10,
    "SERVICE": 13,
    "VOIDED": 16,
    "REFUNDED": 17,
    "SOFTWARE_FAULT": 14,
    "CONFIGURATION_FAULT": 15,
}
_OF_LOCKS = {"pin": "PIN_LOCKED", "software": "SOFTWARE_FAULT", "configuration": "CONFIGURATION_FAULT"}
_QUIET = ("", "sign_in", "idle", "unprovisioned")  # no event when they begin

_FORM = const(">IIBBH")
_CHAIN = const(8)
_AT_ONCE = const(8)  # records in a message


def note(journal: "Journal", event: str, operator: int, detail: int = 0) -> None:
    """A journal that takes nothing any more has a fault of its own to tell."""
    number, chain = journal.trail_head
    body = struct.pack(_FORM, number + 1, clock.now_s(), _EVENTS[event], operator, detail & 0xFFFF)
    try:
        journal.append_trail(body + hashlib.sha256(chain + body).digest()[:_CHAIN])
    except StoreError as fault:
        log.event("trail", fault.code)


def unsent(journal: "Journal", held: int) -> str:
    """Hex of the oldest records behind number `held`; "" asks the host how many it holds (`held` < 0)."""
    if held < 0:
        return ""
    if held > journal.trail_head[0]:
        held = 0  # this trail is younger than the one that the host knows
    found: "list[str]" = []
    for record in journal.trail():
        if struct.unpack_from(">I", record)[0] > held and len(found) < _AT_ONCE:
            found.append(record.hex())
    return "".join(found)


def lock_event(before: str, reason: str, ladder: "tuple[str, ...]") -> "tuple[str, int]":
    """(event, place of the lock on the ladder) of a change of the lock reason; no event when nobody needs to know."""
    if reason in _QUIET:
        return ("", 0) if before in _QUIET else ("UNLOCKED", ladder.index(before))
    return _OF_LOCKS.get(reason, "LOCKED"), ladder.index(reason)
