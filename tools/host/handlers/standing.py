# SPDX-License-Identifier: MIT
"""How a terminal stands with the host: pending work, lock, support contact (tags PR, LK, SC, NA), and which notice
comes next.
"""

from sqlalchemy import or_, select

from tools.host.handlers.base import Work
from tools.host.message import local_time
from tools.host.models import Notice

_MAINTENANCE = 2  # tag LK
_ORDER = "8126" + "93"  # done left to right: notices first, settling and a new sign-in last


def next_notice(work: Work, seen: int) -> Notice | None:
    """Oldest notice for this terminal that it has not seen and that has not expired."""
    terminal = work.terminal
    query = (
        select(Notice)
        .where(Notice.version > seen)
        .where(or_(Notice.tid.is_(None), Notice.tid == terminal.tid))
        .where(or_(Notice.mid.is_(None), Notice.mid == terminal.mid))
        .where(or_(Notice.expires_at.is_(None), Notice.expires_at > work.now))
        .order_by(Notice.version)
    )
    return work.session.scalars(query.limit(1)).first()


def pending_work(work: Work) -> str:
    """Digits of tag PR."""
    digits = set(work.terminal.pending_work)
    if next_notice(work, work.terminal.notice_version) is not None:
        digits.add("8")
    return "".join(digit for digit in _ORDER if digit in digits)


def clear_pending(work: Work, digits: str) -> None:
    """The terminal has done this work."""
    work.terminal.pending_work = "".join(digit for digit in work.terminal.pending_work if digit not in digits)


def standing_tags(work: Work) -> list[tuple[str, str]]:
    """PR (if anything is pending), LK and SC."""
    digits = pending_work(work)
    pending = [("PR", digits)] if digits else []
    return [*pending, *lock_tags(work), ("SC", work.terminal.support)]


def lock_tags(work: Work) -> list[tuple[str, str]]:
    """LK; under maintenance also ME, its end in local time, and DT, the reason."""
    terminal = work.terminal
    if terminal.lock_until is not None and terminal.lock_until <= work.now:
        terminal.lock_level, terminal.lock_until, terminal.lock_text = 0, None, ""
    tags = [("LK", str(terminal.lock_level))]
    if terminal.lock_level == _MAINTENANCE and terminal.lock_until is not None:
        local = local_time(terminal.lock_until, terminal.merchant.utc_offset_min)
        tags.append(("ME", local.strftime("%Y%m%d%H%M%S")))
    if terminal.lock_level == _MAINTENANCE and terminal.lock_text:
        tags.append(("DT", terminal.lock_text))
    return tags


def time_tag(work: Work) -> tuple[str, str]:
    """TM: local time, yyyymmddhhmmss."""
    local = local_time(work.now, work.terminal.merchant.utc_offset_min)
    return ("TM", local.strftime("%Y%m%d%H%M%S"))
