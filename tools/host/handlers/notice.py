# SPDX-License-Identifier: MIT
"""Message 11, notice: the oldest notice that the terminal has not seen, one at a time.

Invariant: giving a notice out does not mark it seen; the NV of the terminal's next sign-in or echo does.
"""

from tools.host.handlers.base import Handler, Work, number_tag
from tools.host.handlers.standing import next_notice
from tools.host.message import Answer, local_time, refuse


def _apply(work: Work) -> Answer:
    notice = next_notice(work, number_tag(work, "NV") or 0)
    if notice is None:
        return refuse("25")
    tags = [("NV", f"{notice.version:04d}"), ("NT", notice.title), ("NB", notice.body)]
    if notice.expires_at is not None:
        local = local_time(notice.expires_at, work.terminal.merchant.utc_offset_min)
        tags.append(("NE", local.strftime("%Y%m%d%H%M%S")))
    tags.append(("NM", "1" if notice.must_confirm else "0"))
    return Answer(tags=tags)


HANDLERS = (Handler("0800/811", _apply),)
