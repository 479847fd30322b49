# SPDX-License-Identifier: MIT
"""Message 2, echo and status 回响: what the terminal says about itself, and how it stands with the host."""

from tools.host import batches, terminal_trail
from tools.host.handlers import freeing
from tools.host.handlers.base import Handler, Work, batch_state, note_versions
from tools.host.handlers.standing import clear_pending, next_notice, standing_tags, time_tag
from tools.host.message import Answer, refuse

_DIAGNOSTICS_MAX = 600


def _trail_tags(work: Work) -> list[tuple[str, str]]:
    """AN, where the terminal sent records of its own trail or asks how many are held."""
    if "AU" not in work.tags:
        return []
    return [("AN", str(terminal_trail.take(work.session, work.terminal, work.tags["AU"], work.now)))]


def _apply(work: Work) -> Answer:
    if not terminal_trail.is_well_formed(work.tags.get("AU", "")):
        return refuse("30")
    note_versions(work)
    if "DG" in work.tags:
        work.terminal.diagnostics = work.tags["DG"][:_DIAGNOSTICS_MAX]
        clear_pending(work, "2")
    notice = next_notice(work, work.terminal.notice_version)
    available = [("NA", f"{notice.version:04d}")] if notice else []
    batch = batches.find(work.session, work.terminal, work.request.batch, work.now)
    state = [("BS", batch_state(batch))] if batch else []
    freed = freeing.status_tags(work)
    return Answer(tags=[*standing_tags(work), time_tag(work), *available, *state, *freed, *_trail_tags(work)])


HANDLERS = (Handler("0800/301", _apply, is_timeless=True, is_before_change=True),)
