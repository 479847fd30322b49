# SPDX-License-Identifier: MIT
"""Ending the lock of an operator number, for the acquirer's desk and for a supervisor at a terminal."""

from sqlalchemy.orm import Session

from tools.host.models import PinGuard


def free(session: Session, mid: str, number: str) -> None:
    """Begin to count failures anew, without a lock."""
    guard = session.get(PinGuard, (mid, number), with_for_update=True, populate_existing=True)
    if guard is not None:
        guard.failures, guard.locked_until = 0, None
