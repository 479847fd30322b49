# SPDX-License-Identifier: MIT
"""The host's audit trail: a chain of hashes, written in the transaction of what it records.

Invariants: no PIN, key or PIN block in it; each row's hash covers the row and the hash before it; the newest hash
stands in `meta` too, so that a shortened trail shows. Rows are appended at the end of a transaction under a lock on
that one value: concurrent writers queue there, and nobody else waits for a lock while holding it.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tools.host.models import Audit, Meta

_FIRST: Final = "0" * 64  # stands for the hash before the first row
_HEAD: Final = "audit"
_NOTED: Final = "audit"  # key of a session's notes


class Event(StrEnum):
    """What is written down."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    KEYS_ISSUED = "keys_issued"
    PIN_FAILED = "pin_failed"
    PIN_LOCKED = "pin_locked"
    PIN_CHANGED = "pin_changed"
    PIN_REFUSED = "pin_refused"
    PIN_RESET = "pin_reset"
    PIN_CHECKED = "pin_checked"
    APPROVED = "approved"
    OPERATOR = "operator"
    OPERATOR_UNLOCKED = "operator_unlocked"
    OPERATOR_ENABLED = "operator_enabled"
    OPERATOR_DISABLED = "operator_disabled"
    MERCHANT = "merchant"
    TERMINAL = "terminal"
    TERMINAL_RENEWED = "terminal_renewed"
    TERMINAL_BARRED = "terminal_barred"
    TERMINAL_UNBARRED = "terminal_unbarred"
    TERMINAL_LOCK = "terminal_lock"
    TERMINAL_PENDING = "terminal_pending"
    TERMINAL_FREED = "terminal_freed"
    NOTICE = "notice"
    SALE_LIMIT = "sale_limit"
    REVERSED = "reversed"
    RECORD_ADDED = "record_added"
    RECORD_CHANGED = "record_changed"
    RECORD_DISPUTED = "record_disputed"
    LATE_UPLOAD = "late_upload"
    TRAIL_HELD = "trail_held"
    TRAIL_BROKEN = "trail_broken"


@dataclass(frozen=True)
class _Note:
    at: datetime
    tid: str
    operator: str
    event: str
    detail: str


@dataclass(frozen=True)
class Verdict:
    """Good records from the first on, and what is wrong with the next one; empty if there is none."""

    good: int
    fault: str = ""


def _printable(text: str) -> str:
    """Without control characters: part of it comes from terminals, and it is shown on screens."""
    return "".join(char if char.isprintable() else "?" for char in text)


def note(
    session: Session, at: datetime, event: Event | str, *, tid: str = "", operator: str = "", detail: str = ""
) -> None:
    """Have an event appended to the trail when the session's transaction commits."""
    session.info.setdefault(_NOTED, []).append(_Note(at, tid, operator, str(event), _printable(detail)))


def begin(session: Session) -> None:
    """An empty trail in an empty database."""
    session.add(Meta(name=_HEAD, value=_FIRST))


def digest(row: Audit) -> str:
    """SHA-256 over a JSON array of the row: numbers and strings only, ASCII, no spaces; the time in UTC."""
    at = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    parts = [row.serial, at, row.tid, row.operator, row.event, row.detail, row.previous]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode("ascii")).hexdigest()


def append(session: Session) -> None:
    """Write what was noted; the last thing that a writing transaction does."""
    notes: list[_Note] = session.info.pop(_NOTED, [])
    if not notes:
        return
    session.flush()
    previous = session.execute(select(Meta.value).where(Meta.name == _HEAD).with_for_update()).scalar_one()
    last = session.scalar(select(func.max(Audit.serial))) or 0
    for serial, item in enumerate(notes, last + 1):
        row = Audit(serial=serial, at=item.at, tid=item.tid, operator=item.operator)
        row.event, row.detail, row.previous = item.event, item.detail, previous
        row.hash = previous = digest(row)
        session.add(row)
    session.execute(update(Meta).where(Meta.name == _HEAD).values(value=previous))


def verify(session: Session) -> Verdict:
    """Walk the whole trail."""
    previous, good = _FIRST, 0
    for row in session.scalars(select(Audit).order_by(Audit.serial).execution_options(yield_per=500)):
        if row.serial != good + 1:
            return Verdict(good, f"audit record {good + 1} is missing")
        if row.previous != previous or row.hash != digest(row):
            return Verdict(good, f"audit record {row.serial} is not what was written")
        previous, good = row.hash, row.serial
    head = session.scalar(select(Meta.value).where(Meta.name == _HEAD))
    return Verdict(good, "" if head == previous else f"audit record {good + 1} is missing")
