# SPDX-License-Identifier: MIT
"""Message 9, change PIN (PB and PN), and its variant without PN: the host checks who is at the keypad.

Invariants: failures count exactly as at sign-in; the check changes neither who is signed in, nor keys, nor the batch;
new digits are judged only for somebody who knows the old ones.
"""

import re
from dataclasses import dataclass

from tools.host import guards, keyring, pins
from tools.host.handlers import freeing
from tools.host.handlers.base import Handler, Work, note
from tools.host.handlers.pin_check import PinCheck, check_pin, judge, read_pin
from tools.host.message import Answer, refuse
from tools.host.models import Operator
from tools.host.trail import Event

_SUPERVISING = ("1", "9")
_ACTION_MAX = 16
_NOT_ALLOWED = "无此权限 Supervisor only"


@dataclass(frozen=True)
class _NewPin:
    """The slow part of a change. No verifier: the block does not decode, or the digits are refused."""

    check: PinCheck
    is_readable: bool
    weakness: str = ""
    verifier: str = ""


def _prepare(work: Work) -> PinCheck | _NewPin:
    operator = work.request.operator
    check = check_pin(work, operator)
    if "PN" not in work.tags:
        return check
    new = read_pin(work, operator, "PN")
    if new is None or not check.is_right:
        return _NewPin(check, new is not None)
    weakness = pins.weakness(new, operator, work.request.tid, read_pin(work, operator, "PB") or "")
    return _NewPin(check, is_readable=True, weakness=weakness, verifier="" if weakness else pins.make_verifier(new))


def _change(work: Work, new: _NewPin) -> Answer:
    outcome = judge(work, new.check)
    if isinstance(outcome, Answer):
        return outcome
    if not new.is_readable:
        return refuse("99")
    if new.weakness:
        note(work, Event.PIN_REFUSED, new.weakness)
        return Answer("63", tags=[("DT", pins.REASONS[new.weakness])])
    outcome.verifier, outcome.pin_set_at, outcome.must_change = new.verifier, work.now, False
    keyring.lift(work.session, work.terminal, work.request.operator)
    note(work, Event.PIN_CHANGED)
    return Answer()


def _unlock(work: Work, operator: Operator, number: str) -> Answer | None:
    """A supervisor lets another operator number try again; the refusal for anybody else."""
    if operator.role not in _SUPERVISING:
        note(work, Event.PIN_REFUSED, f"may not unlock {number}")
        return Answer("63", tags=[("DT", _NOT_ALLOWED)])
    guards.free(work.session, work.terminal.mid, number)
    note(work, Event.OPERATOR_UNLOCKED, f"by {operator.number}", number)
    return None


def _verify(work: Work, check: PinCheck) -> Answer:
    outcome = judge(work, check)
    if isinstance(outcome, Answer):
        return outcome
    note(work, Event.PIN_CHECKED, f"role {outcome.role}")
    number, action = work.tags.get("UL"), work.tags.get("AP")
    if number is not None and (refusal := _unlock(work, outcome, number)) is not None:
        return refusal
    if action is not None:
        note(work, Event.APPROVED, f"{action}, while {work.terminal.operator or 'nobody'} is signed in")
    return Answer(tags=[("RL", outcome.role), ("ON", outcome.name)])


def _is_well_formed(work: Work) -> bool:
    request, tags = work.request, work.tags
    has_keys = request.mac_set == request.pin_set and (request.mac_set != 0 or "PN" not in tags)
    action = tags.get("AP", "-")
    has_tags = re.fullmatch(r"0\d\d", tags.get("UL", "000"), re.ASCII) and 0 < len(action) <= _ACTION_MAX
    return has_keys and request.operator.isdigit() and "PB" in tags and bool(has_tags) and action.isprintable()


def _apply(work: Work) -> Answer:
    if not _is_well_formed(work):
        return refuse("30")
    freeing.heed_try(work)
    prepared = work.prepared
    return _change(work, prepared) if isinstance(prepared, _NewPin) else _verify(work, prepared)


HANDLERS = (Handler("0800/801", _apply, _prepare, needs=frozenset({"110"}), is_before_change=True),)
