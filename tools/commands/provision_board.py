# SPDX-License-Identifier: MIT
"""Provisions one board from look to proof: what is on it, what may be written over, write, read back, start.

Invariant: the host's books change only when a board is there that may take the identity; what the board holds already
is left as it is, so that an order can be carried out again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tools.commands.ceremony import Ceremony
from tools.commands.identity import Mark, Source, identity_of, mark_of
from tools.commands.order import Order
from tools.commands.transport import EmulatedBoard, open_board
from tools.errors import RefusedError
from tools.provision import (
    KEY_NAMES,
    Found,
    ProvisionError,
    Site,
    Transport,
    change_site,
    differing,
    probe,
    provision,
    unsettled,
)
from tools.serial_board import InServiceError, SerialBoard
from tools.serial_line import Answer

_START_S: Final = 2.0
_START_TRIES: Final = 8
_PAUSE_S: Final = 0.5
_VERSION_LINE: Final = 'VERSION = "'
_VERSION_FILE: Final = Path(__file__).parents[2] / "firmware" / "terminal.py"


@dataclass(frozen=True)
class Done:
    """`what` was done; key check values by name; what the terminal said when it had started, if it was asked."""

    tid: str
    what: str
    kcvs: dict[str, str]
    started: str = ""


def our_version() -> str:
    """Of the firmware in this tree."""
    lines = [line for line in _VERSION_FILE.read_text().splitlines() if line.startswith(_VERSION_LINE)]
    return lines[0].removeprefix(_VERSION_LINE).rstrip('"')


def carry_out(order: Order, psk: str, ceremony: Ceremony, may_be_in_service: bool = False) -> Done:
    """RefusedError, ProvisionError or HostError say in one line why not.

    `may_be_in_service`: a terminal that works already as the one that is wanted is left at that, unseen.
    """
    order.check()
    site = order.site(psk)
    with identity_of(order, ceremony) as source:
        try:
            with open_board(order.serial, order.flash, order.new) as board:
                return _provision(board, source, order, site)
        except InServiceError as fault:
            if not may_be_in_service or fault.tid != source.tid:
                raise
            return Done(source.tid, "is in service already, so its keys were not read", {})


def _provision(board: SerialBoard | EmulatedBoard, source: Source, order: Order, site: Site) -> Done:
    found = probe(board)
    _check_firmware(found, site)
    done = _adjust(board, found, source.mark(), site) or _write(board, found, source, order, site)
    source.done()
    if isinstance(board, SerialBoard):
        return Done(done.tid, done.what, done.kcvs, _start(board, done.tid))
    return done


def _check_firmware(found: Found, site: Site) -> None:
    if found.firmware != our_version():
        versions = f"the board runs firmware {found.firmware}, these tools are for {our_version()}"
        raise RefusedError(f"{versions}: deploy it first (make deploy)")
    if site.profile not in found.profiles:
        raise RefusedError(f"there is no profile '{site.profile}' on the board (there are {', '.join(found.profiles)})")


def _mark(found: Found) -> Mark:
    return Mark(found.tid, found.kcvs, found.certificate)


def _adjust(board: Transport, found: Found, mark: Mark | None, site: Site) -> Done | None:
    """A board that holds this identity keeps it, with its journal; only settings that differ are written."""
    if mark is None or _mark(found) != mark:
        return None
    kcvs = dict(zip(KEY_NAMES, found.kcvs, strict=True))
    names = differing(board, site)
    if not names:
        return Done(found.tid, "was done already", kcvs)
    change_site(board, site)
    if differing(board, site):
        raise ProvisionError("the board did not keep the settings")
    return Done(found.tid, f"settings changed ({', '.join(names)})", kcvs)


def _write(board: Transport, found: Found, source: Source, order: Order, site: Site) -> Done:
    _check_overwrite(board, found, source.tid, order)
    identity = source.take()
    kcvs = provision(board, identity, site, datetime.now(UTC), is_fresh=not order.keep_journal)
    if _mark(probe(board)) != mark_of(identity):
        raise ProvisionError("the board does not hold the identity that was written")
    return Done(source.tid, "written", kcvs)


def _check_overwrite(board: Transport, found: Found, tid: str, order: Order) -> None:
    """Another terminal's identity and records that no host has settled are not written over by mistake."""
    if found.tid not in ("", tid):
        if order.keep_journal:
            raise RefusedError(f"the journal is terminal {found.tid}'s: it cannot be kept for {tid}")
        if not order.replace:
            raise RefusedError(f"the board is terminal {found.tid}; --replace makes it {tid}")
    if order.erase_journal or order.keep_journal or found.is_withdrawn:
        return
    count, batch = unsettled(board)
    if count < 0:
        raise RefusedError("the board's journal cannot be read; --erase-journal starts an empty one")
    if count:
        held = f"the board holds {count} records of batch {batch} that are not settled"
        raise RefusedError(f"{held}: back them up (qiandao backup), then --keep-journal or --erase-journal")


def _start(board: SerialBoard, tid: str) -> str:
    """Restart into the application; what its console says. Early in its start it does not know itself yet."""
    board.reset()
    status: Answer | None = None
    for _ in range(_START_TRIES):
        status = board.line.ask("status", seconds=_START_S, tries=1)
        if status is not None and status.get("tid"):
            break
        for _line in board.line.lines(_PAUSE_S):
            pass
    if status is None:
        return ""
    if status.get("tid") != tid:
        raise ProvisionError(f"the terminal started as {status.get('tid') or 'unprovisioned'}, not as {tid}")
    return f"{status.get('state', '?')}, {status.get('reason') or 'not locked'}"
