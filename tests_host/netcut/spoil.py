# SPDX-License-Identifier: MIT
"""Defects put in on purpose, each of a kind that a fault of the network would turn into a wrong book: what `netcut` is
worth shows in whether it finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests_host.netcut.day import Day

_AS_REPEAT: Final = ("        as_repeat(fields)\n", '        fields[11] = "%06d" % t.next_stan()[0]\n')
_UNDOING: Final = ("        txn.status = UNDOING\n", "        txn.status = UNDONE\n")


def _new_number(day: Day) -> None:
    """A cash sale whose answer got lost goes again as another one."""
    day.shop.device.importer.edits["firmware.flows.advice"] = _AS_REPEAT


def _forgotten_void(day: Day) -> None:
    """A void whose answer got lost is taken for one that was not made."""
    day.shop.device.importer.edits["firmware.flows.credit_send"] = _UNDOING


def _forgetful_host(day: Day) -> None:
    """The host does not know a repeat."""
    exchanges: Any = day.shop.host._exchanges
    exchanges._repeat = lambda _session, _known: None


SPOILS: Final[dict[str, Callable[[Day], None]]] = {
    "": lambda _day: None,
    "new-number": _new_number,
    "forgotten-void": _forgotten_void,
    "forgetful-host": _forgetful_host,
}
