# SPDX-License-Identifier: MIT
"""Message 1, sign-in 签到: who signs in, working keys, batch, time, role, notices (protocol.md clause 5).

Invariant: keys are made once for each (STAN, DE7), since a repeat is answered from the store; every attempt is
written down.
"""

from datetime import datetime

from sqlalchemy import select

from tools.host import batches, crypto, keyring
from tools.host.handlers import freeing
from tools.host.handlers.base import Handler, Work, note, note_versions, number_tag, wrong_batch
from tools.host.handlers.pin_check import PinCheck, check_pin, guard_of, judge
from tools.host.handlers.standing import clear_pending, standing_tags, time_tag
from tools.host.message import Answer, local_time, refuse
from tools.host.models import Operator, SignIn
from tools.host.trail import Event


def _prepare(work: Work) -> PinCheck:
    return check_pin(work, work.request.operator)


def _choose_batch(work: Work) -> int | None:
    """Batch to use; None when the terminal holds records of a batch that the host has no open books for."""
    asked, current = work.request.batch, work.terminal.batch
    if not number_tag(work, "JN") or asked == current:
        return current
    return asked if batches.is_resumable(work.session, work.terminal, asked) else None


def _write_down(work: Work, result: str, name: str) -> None:
    request = work.request
    work.session.add(
        SignIn(
            at=work.now,
            tid=request.tid,
            operator=request.operator,
            operator_name=name,
            shift=work.tags.get("SH", "")[:16],
            batch=request.batch,
            result=result,
        )
    )
    if result == "00":
        note(work, Event.SIGN_IN, f"batch {request.batch:06d} shift {work.tags.get('SH', '')[:16] or '-'}")
    else:
        note(work, Event.SIGN_IN_FAILED, f"answer {result}")


def _end_open_sign_ins(work: Work) -> None:
    is_open = (SignIn.tid == work.request.tid) & (SignIn.result == "00") & SignIn.signed_out_at.is_(None)
    for row in work.session.scalars(select(SignIn).where(is_open)):
        row.signed_out_at, row.sign_out = work.now, "R"


def _password_tags(work: Work, operator: Operator) -> list[tuple[str, str]]:
    """PW, with DT when the PIN expires soon."""
    age = work.now - operator.pin_set_at
    remaining = work.settings.pin_max_age - age
    if operator.must_change or remaining.total_seconds() <= 0:
        return [("PW", "1")]
    if remaining > work.settings.pin_warn:
        return [("PW", "0")]
    return [("PW", "2"), ("DT", f"密码{remaining.days}天后到期 PIN expires in {remaining.days} d")]


def _key_tags(work: Work, must_change: bool) -> list[tuple[str, str]]:
    number, tak, tpk = keyring.issue(work.session, work.vault, work.terminal, work.now, must_change)
    note(work, Event.KEYS_ISSUED, f"set {number:02d}{', PIN to be changed' if must_change else ''}")
    tmk = work.vault.load(crypto.TMK, work.terminal.tmk_block)
    return [
        ("KS", f"{number:02d}"),
        ("KA", crypto.wrap(tmk, crypto.TAK, tak)),
        ("CA", crypto.kcv(tak)),
        ("KP", crypto.wrap(tmk, crypto.TPK, tpk)),
        ("CP", crypto.kcv(tpk)),
    ]


def _last_tags(work: Work, operator: Operator, failures: int) -> list[tuple[str, str]]:
    last: datetime | None = operator.last_sign_in_at
    tags = [("FC", str(failures))]
    if last is not None:
        local = local_time(last, work.terminal.merchant.utc_offset_min)
        tags.insert(0, ("LO", local.strftime("%Y%m%d%H%M%S")))
    return tags


def _zone(offset_min: int) -> str:
    sign = "-" if offset_min < 0 else "+"
    return f"{sign}{abs(offset_min) // 60:02d}{abs(offset_min) % 60:02d}"


def _welcome(work: Work, operator: Operator, batch: int) -> Answer:
    """Book the sign-in and make the response."""
    terminal, request = work.terminal, work.request
    guard = guard_of(work, request.operator)
    last = _last_tags(work, operator, guard.failures_since)
    guard.failures_since = 0
    operator.last_sign_in_at = work.now
    _end_open_sign_ins(work)
    _write_down(work, "00", operator.name)
    note_versions(work)
    clear_pending(work, "3")
    terminal.operator, terminal.shift = request.operator, work.tags.get("SH", "")[:16]
    batches.ensure(work.session, terminal, work.now)
    password = _password_tags(work, operator)
    tags = [
        time_tag(work),
        ("TZ", _zone(terminal.merchant.utc_offset_min)),
        ("RL", operator.role),
        ("ON", operator.name),
        *password,
        *last,
        *standing_tags(work),
        *freeing.sign_in_tags(work),
        *_key_tags(work, must_change=("PW", "1") in password),
    ]
    batch_text = f"{request.fields['60'][:2]}{batch:06d}{request.function}"
    return Answer(fields={"60": batch_text}, tags=tags)


def _apply(work: Work) -> Answer:
    if work.request.mac_set or work.request.pin_set or not work.request.operator.isdigit() or "PB" not in work.tags:
        return refuse("30")
    freeing.heed_try(work)
    # The PIN comes first: what follows is not told to somebody who does not know one.
    outcome = judge(work, work.prepared)
    if isinstance(outcome, Answer):
        row = work.session.get(Operator, (work.terminal.mid, work.request.operator))
        _write_down(work, outcome.code, row.name if row else "")
        if outcome.is_kept:
            outcome.tags += freeing.sign_in_tags(work)
        return outcome
    batch = _choose_batch(work)
    if batch is None:
        _write_down(work, "77", outcome.name)
        return wrong_batch(work)
    return _welcome(work, outcome, batch)


HANDLERS = (Handler("0800/001", _apply, _prepare, needs=frozenset({"110"}), is_timeless=True, is_before_change=True),)
