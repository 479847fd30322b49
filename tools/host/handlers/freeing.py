# SPDX-License-Identifier: MIT
"""Tag PU: the terminal may forget the PIN tries that it has counted; told until it is known to have heard it.

A status says how many handshakes the terminal has made (HS in DG). A terminal leaves a connection on which an answer
did not come, so that the next status over the same connection shows that the answer to the last one did. Invariant:
PU is not told again once a PIN may have been tried behind it. The host sees tries itself, but for those at the idle
lock, which are in the terminal's trail: PU is told again only to a terminal whose whole trail is held.
"""

import re
from typing import Final

from tools.host import terminal_trail
from tools.host.handlers.base import Work

_NOT_KNOWN: Final = "-"  # over which connection it was told
_TRIED: Final = "pin_failed"


def _connection(work: Work) -> str:
    """Handshakes that the terminal has made; empty if it does not say."""
    found = re.search(r"(?:^| )HS([0-9]{1,7})(?: |$)", work.tags.get("DG", ""))
    return found[1] if found else ""


def _tell(work: Work, connection: str) -> list[tuple[str, str]]:
    work.terminal.pin_told = connection or _NOT_KNOWN
    return [("PU", "1")]


def _end(work: Work) -> list[tuple[str, str]]:
    work.terminal.is_pin_freed, work.terminal.pin_told = False, ""
    return []


def heed_try(work: Work) -> None:
    """A PIN is tried: what was told before it is not told again."""
    if work.terminal.pin_told:
        _end(work)


def sign_in_tags(work: Work) -> list[tuple[str, str]]:
    """PU, if it was not told yet; the repeats of this sign-in get the same answer."""
    is_due = work.terminal.is_pin_freed and not work.terminal.pin_told
    return _tell(work, _NOT_KNOWN) if is_due else []


def status_tags(work: Work) -> list[tuple[str, str]]:
    """PU, if it is not known to have been heard. Asked before the records in AU are held."""
    terminal, trail, connection = work.terminal, work.tags.get("AU"), _connection(work)
    if not terminal.is_pin_freed:
        return []
    if not terminal.pin_told:
        return _tell(work, connection)
    if not connection:
        return _end(work)  # such a terminal gives no sign: once is enough
    if trail == "":  # it has started anew, counts from 1 again, and tells its trail next time
        terminal.pin_told = _NOT_KNOWN
        return []
    fresh = terminal_trail.unheard(work.session, terminal, trail or "")
    if connection == terminal.pin_told or any(record.event == _TRIED for record in fresh):
        return _end(work)
    is_whole = len(trail or "") < terminal_trail.AT_ONCE * terminal_trail.RECORD_CHARS
    return _tell(work, connection) if is_whole else []
