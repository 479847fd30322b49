# SPDX-License-Identifier: MIT
"""Message 2, echo and status 回响: what the terminal says about itself, and how it stands with the host."""

from tools.host import batches
from tools.host.handlers.base import Handler, Work, batch_state, note_versions
from tools.host.handlers.standing import clear_pending, next_notice, standing_tags, time_tag
from tools.host.message import Answer

_DIAGNOSTICS_MAX = 600


def _apply(work: Work) -> Answer:
    note_versions(work)
    if "DG" in work.tags:
        work.terminal.diagnostics = work.tags["DG"][:_DIAGNOSTICS_MAX]
        clear_pending(work, "2")
    notice = next_notice(work, work.terminal.notice_version)
    available = [("NA", f"{notice.version:04d}")] if notice else []
    batch = batches.find(work.session, work.terminal, work.request.batch, work.now)
    state = [("BS", batch_state(batch))] if batch else []
    return Answer(tags=[*standing_tags(work), time_tag(work), *available, *state])


HANDLERS = (Handler("0800/301", _apply, is_timeless=True),)
