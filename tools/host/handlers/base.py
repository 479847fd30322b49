# SPDX-License-Identifier: MIT
"""What a handler of one message sees and gives back.

A handler is a module with a `HANDLERS` tuple. Invariant: `prepare` may be slow and only reads; `apply` runs inside
the one transaction that also stores the response, so that effect and response are there together or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tools.host import trail
from tools.host.keyring import Keys
from tools.host.message import Answer, Request, refuse
from tools.host.models import Batch, Terminal
from tools.host.settings import Settings
from tools.host.trail import Event
from tools.host.vault import Vault


@dataclass
class Work:
    """One request being handled. `terminal` belongs to `session`; `prepared` is what `prepare` returned."""

    request: Request
    tags: dict[str, str]
    terminal: Terminal
    session: Session
    now: datetime
    settings: Settings
    vault: Vault
    pin_keys: Keys | None  # set named by DE53 for PIN blocks
    reference: str = ""  # DE37 of the response
    prepared: Any = None


@dataclass(frozen=True)
class Wait:
    """The answer may be held until this order is open no more."""

    order_id: int
    seconds: float


@dataclass(frozen=True)
class Handler:
    """One message of the profile."""

    name: str  # "0800/001", or an alias such as "order"
    apply: Callable[[Work], Answer]
    prepare: Callable[[Work], Any] | None = None
    wait: Callable[[Work], Wait | None] = lambda _work: None  # asked before anything is done; only reads
    needs: frozenset[str] = frozenset()  # fields beyond the common ones
    is_timeless: bool = False  # DE7 is not checked: the terminal may have lost its clock
    is_before_change: bool = False  # also under the keys of somebody who must change the PIN first


def note(work: Work, event: Event, detail: str = "", operator: str | None = None) -> None:
    """Write an event of this request into the audit trail; its operator is that of DE63 unless another is given."""
    number = work.request.operator if operator is None else operator
    number = number if number.isdigit() else ""
    trail.note(work.session, work.now, event, tid=work.request.tid, operator=number, detail=detail)


def number_tag(work: Work, tag: str) -> int | None:
    """A tag's value as a number; None when it is absent or something else."""
    text = work.tags.get(tag, "")
    return int(text) if text.isascii() and text.isdigit() else None


def wrong_batch(work: Work) -> Answer:
    """77 with the batch that the host expects."""
    return refuse("77", ("BT", f"{work.terminal.batch:06d}"))


def has_session(work: Work) -> bool:
    """Whether somebody is signed in under the keys of this request."""
    return work.request.mac_set != 0 and work.request.operator.isdigit()


def note_versions(work: Work) -> None:
    """Remember what the terminal says about itself in FV, PV, NV and JN."""
    terminal = work.terminal
    terminal.firmware = work.tags.get("FV", terminal.firmware)[:32]
    terminal.parameter_version = work.tags.get("PV", terminal.parameter_version)[:8]
    terminal.notice_version = max(terminal.notice_version, number_tag(work, "NV") or 0)
    terminal.journal_count = number_tag(work, "JN") or 0


def batch_state(batch: Batch) -> str:
    """Tag BS."""
    return "O" if batch.closed_at is None else "C"
