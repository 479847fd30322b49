# SPDX-License-Identifier: MIT
"""Message 8, sign-out 签退, of the terminal (SO=T) or of the operator only (SO=O).

Invariant: afterwards the session's keys are good for nothing but a repeat of this message, for a few minutes.
"""

from sqlalchemy import select

from tools.host import keyring
from tools.host.handlers.base import Handler, Work, note
from tools.host.handlers.standing import standing_tags
from tools.host.message import Answer, refuse
from tools.host.models import SignIn
from tools.host.trail import Event


def _apply(work: Work) -> Answer:
    kind = work.tags.get("SO", "")
    if kind not in ("T", "O"):
        return refuse("30")
    is_open = (SignIn.tid == work.request.tid) & (SignIn.result == "00") & SignIn.signed_out_at.is_(None)
    for row in work.session.scalars(select(SignIn).where(is_open)):
        row.signed_out_at, row.sign_out = work.now, kind
    work.terminal.operator = None
    note(work, Event.SIGN_OUT, "terminal" if kind == "T" else "operator")
    keyring.retire(work.session, work.terminal, work.now)
    return Answer(tags=[*standing_tags(work), ("WK", str(work.settings.wake_s))])


HANDLERS = (Handler("0800/002", _apply, is_before_change=True),)
