# SPDX-License-Identifier: MIT
"""Checking an operator's PIN and counting the failures (protocol.md clause 3, Host).

Invariant: the slow check runs before the transaction, the count inside it; a locked number stays locked whatever was
typed, and numbers that nobody has are counted and locked like all others.
"""

import math
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from tools.host import crypto, pins
from tools.host.handlers.base import Work, note
from tools.host.message import Answer, refuse
from tools.host.models import Operator, PinGuard
from tools.host.trail import Event


@dataclass(frozen=True)
class PinCheck:
    """Outcome of the slow part. `verifier` is what was compared with, to notice a change meanwhile."""

    operator: str
    verifier: str | None
    is_readable: bool
    is_right: bool


def read_pin(work: Work, operator: str, tag: str) -> str | None:
    """Digits in the PIN block of a tag; None if it does not decode under the keys that DE53 names."""
    if work.pin_keys is None or work.request.fields["53"][4:6] != "04":
        return None
    account = crypto.pin_account(work.request.tid, operator)
    try:
        return crypto.read_pin(work.pin_keys.tpk, work.tags.get(tag, ""), account)
    except crypto.PinBlockError:
        return None


def check_pin(work: Work, operator: str, tag: str = "PB") -> PinCheck:
    """Decode the PIN block of a tag and compare it with the operator's verifier."""
    row = work.session.get(Operator, (work.terminal.mid, operator))
    verifier = None if row is None else row.verifier
    if (pin := read_pin(work, operator, tag)) is None:
        return PinCheck(operator, verifier, is_readable=False, is_right=False)
    return PinCheck(operator, verifier, is_readable=True, is_right=pins.is_right(verifier, pin))


def guard_of(work: Work, operator: str) -> PinGuard:
    """Failure counts of an operator number."""
    key = (work.terminal.mid, operator)
    guard = work.session.get(PinGuard, key, with_for_update=True)
    if guard is not None:
        return guard
    try:
        with work.session.begin_nested():
            work.session.add(PinGuard(mid=work.terminal.mid, number=operator, failures=0, failures_since=0))
    except IntegrityError:
        pass  # another terminal's request made it meanwhile
    return work.session.get_one(PinGuard, key, with_for_update=True, populate_existing=True)


def _locked(work: Work, guard: PinGuard) -> Answer | None:
    if guard.locked_until is None:
        return None
    remaining = (guard.locked_until - work.now).total_seconds()
    if remaining > 0:
        return Answer("75", tags=[("LT", str(math.ceil(remaining / 60)))])
    guard.locked_until, guard.failures = None, 0
    return None


def _wrong(work: Work, guard: PinGuard) -> Answer:
    guard.failures += 1
    guard.failures_since += 1
    tries_left = work.settings.pin_tries - guard.failures
    note(work, Event.PIN_FAILED, f"{tries_left} tries left", guard.number)
    if tries_left > 0:
        return Answer("55", tags=[("RT", str(tries_left))])
    guard.locked_until = work.now + work.settings.pin_lock
    note(work, Event.PIN_LOCKED, "", guard.number)
    return Answer("75", tags=[("LT", str(math.ceil(work.settings.pin_lock.total_seconds() / 60)))])


def judge(work: Work, check: PinCheck) -> Answer | Operator:
    """The operator if the PIN was right; else the refusal, counted."""
    guard = guard_of(work, check.operator)
    if (locked := _locked(work, guard)) is not None:
        note(work, Event.PIN_FAILED, "while locked", check.operator)
        return locked
    if not check.is_readable:
        return refuse("99")  # another PIN key: not a wrong PIN, so it does not count
    row = work.session.get(Operator, (work.terminal.mid, check.operator), populate_existing=True)
    if check.verifier != (None if row is None else row.verifier):
        return refuse("96")  # the PIN was changed while it was being checked
    if row is None or not check.is_right:
        return _wrong(work, guard)
    guard.failures = 0
    return row if row.is_enabled else Answer("62")
