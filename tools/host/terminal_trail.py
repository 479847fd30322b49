# SPDX-License-Identifier: MIT
"""The terminals' own trails, which come in tag AU of message 2 and are kept as they were sent.

A record has 20 bytes, big endian: sequence 4, seconds since 2000-01-01 UTC 4, event 1, operator 1 (255 nobody), detail
2, chain 8: the left bytes of SHA-256(chain before it, zeros at first || the 12 bytes before it). Invariant: a record
once held is neither changed nor dropped; what does not continue the trail is kept with a mark, and is in the audit.
"""

import hashlib
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tools.host import trail
from tools.host.models import Audit, Terminal, TerminalAudit
from tools.host.trail import Event, Verdict

EVENTS: Final = {
    1: "power_on",
    2: "sign_in",
    3: "sign_in_failed",
    4: "sign_out",
    5: "pin_failed",
    6: "pin_locked",
    7: "pin_changed",
    8: "approved",
    9: "locked",
    10: "unlocked",
    11: "keys_loaded",
    12: "parameters",
    13: "service_mode",
    14: "software_fault",
    15: "configuration_fault",
    16: "voided",
    17: "refunded",
}
RECORD_CHARS: Final = 40
AT_ONCE: Final = 8  # records that a terminal puts into a message at most
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST: Final = bytes(8)
_NOBODY: Final = 255
_LAYOUT: Final = struct.Struct(">IIBBH")
_CHAIN_BYTES: Final = 8


@dataclass(frozen=True)
class Record:
    """One record of 40 hexadecimal digits."""

    sequence: int
    at: datetime
    event: str
    operator: str
    detail: int
    body: bytes
    chain: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        data = bytes.fromhex(text)
        body, chain = data[: _LAYOUT.size], data[_LAYOUT.size :]
        sequence, seconds, event, operator, detail = _LAYOUT.unpack(body)
        name = "" if operator == _NOBODY else f"{operator:03d}"
        at = _EPOCH + timedelta(seconds=seconds)
        return cls(sequence, at, EVENTS.get(event, f"event_{event}"), name, detail, body, chain)

    def follows(self, chain: bytes) -> bool:
        """Whether the record's chain goes on from this one."""
        return self.chain == link(chain, self.body)


def link(previous: bytes, body: bytes) -> bytes:
    return hashlib.sha256(previous + body).digest()[:_CHAIN_BYTES]


def is_well_formed(text: str) -> bool:
    """Whether a tag AU is made of whole records, or empty."""
    return re.fullmatch(rf"([0-9A-Fa-f]{{{RECORD_CHARS}}})*", text) is not None


def _held(session: Session, terminal: Terminal, number: int, sequence: int) -> list[TerminalAudit]:
    """Records of one sequence number in one of a terminal's trails, the first that came first."""
    query = select(TerminalAudit).filter_by(tid=terminal.tid, trail=number, sequence=sequence)
    return list(session.scalars(query.order_by(TerminalAudit.id)))


def _highest(session: Session, terminal: Terminal) -> int | None:
    query = select(func.max(TerminalAudit.sequence)).filter_by(tid=terminal.tid, trail=terminal.trail)
    return session.scalar(query)


def _before(session: Session, terminal: Terminal, record: Record) -> bytes | None:
    """Chain that a record must go on from; None if the record before it is not held."""
    if record.sequence <= 1 and not _held(session, terminal, terminal.trail, record.sequence - 1):
        return _FIRST
    numbers = [terminal.trail]
    if _highest(session, terminal) is None:
        numbers.append(terminal.trail - 1)  # new keys for a device that goes on counting
    for number in numbers:
        if rows := _held(session, terminal, number, record.sequence - 1):
            return Record.parse(rows[0].record).chain
    return None


def _judge(session: Session, terminal: Terminal, record: Record, is_taken: bool) -> str:
    """Mark of a record that is not held yet; empty if it continues the trail."""
    if is_taken:
        return "restart" if record.sequence <= 1 and record.follows(_FIRST) else "conflict"
    chain = _before(session, terminal, record)
    if chain is None:
        return "gap"
    return "" if record.follows(chain) else "chain"


def _keep(session: Session, terminal: Terminal, text: str, now: datetime) -> bool:
    """Hold one record; whether it is new."""
    record = Record.parse(text)
    held = _held(session, terminal, terminal.trail, record.sequence)
    if any(row.record == text for row in held):
        return False
    mark = _judge(session, terminal, record, bool(held))
    if mark == "restart":
        terminal.trail += 1
    if mark:
        detail = f"trail {terminal.trail} record {record.sequence}: {mark}"
        trail.note(session, now, Event.TRAIL_BROKEN, tid=terminal.tid, detail=detail)
    row = TerminalAudit(tid=terminal.tid, trail=terminal.trail, sequence=record.sequence, record=text)
    row.mark, row.received_at = mark, now
    session.add(row)
    session.flush()
    return True


def _end(row: TerminalAudit) -> str:
    """How the audit names the end of a trail: a record and its chain."""
    return f"trail {row.trail} record {row.sequence} chain {row.record[-2 * _CHAIN_BYTES :].lower()}"


def _split(text: str) -> list[str]:
    """Records of a well-formed tag AU."""
    return [text[start : start + RECORD_CHARS].upper() for start in range(0, len(text), RECORD_CHARS)]


def unheard(session: Session, terminal: Terminal, text: str) -> list[Record]:
    """Records of a well-formed tag AU that are not held yet."""
    records = [(record, Record.parse(record)) for record in _split(text)]
    return [
        parsed
        for record, parsed in records
        if all(row.record != record for row in _held(session, terminal, terminal.trail, parsed.sequence))
    ]


def take(session: Session, terminal: Terminal, text: str, now: datetime) -> int:
    """Hold the records of a well-formed tag AU; the highest sequence number held (tag AN)."""
    added = sum(_keep(session, terminal, record, now) for record in _split(text))
    highest = _highest(session, terminal)
    if highest is None:
        return 0
    if added:
        last = _held(session, terminal, terminal.trail, highest)[0]
        trail.note(session, now, Event.TRAIL_HELD, tid=terminal.tid, detail=_end(last))
    return highest


def _fault(row: TerminalAudit, before: TerminalAudit | None) -> str:
    """What is wrong with a held record, given the one before it of the same terminal."""
    record = Record.parse(row.record)
    if row.mark or record.sequence != row.sequence:
        return row.mark or "changed"
    if before is not None and before.sequence == row.sequence - 1:
        return "" if record.follows(Record.parse(before.record).chain) else "changed"
    return "" if record.sequence <= 1 and record.follows(_FIRST) else "the record before it is missing"


def _ends(session: Session) -> dict[tuple[str, str], str]:
    """Where each trail last ended, as the host's audit says, by terminal and trail."""
    query = select(Audit.tid, Audit.detail).filter_by(event=Event.TRAIL_HELD.value).order_by(Audit.serial)
    return {(tid, detail.partition(" record")[0]): detail for tid, detail in session.execute(query)}


def verify(session: Session) -> Verdict:
    """Walk all terminals' trails, and look that each ends no earlier than the host's audit says."""
    order = (TerminalAudit.tid, TerminalAudit.trail, TerminalAudit.sequence, TerminalAudit.id)
    good, before, ends = 0, None, _ends(session)
    for row in session.scalars(select(TerminalAudit).order_by(*order).execution_options(yield_per=500)):
        before = before if before is not None and before.tid == row.tid else None
        if fault := _fault(row, before):
            return Verdict(good, f"terminal {row.tid} trail {row.trail} record {row.sequence}: {fault}")
        good, before = good + 1, row
        if ends.get((row.tid, f"trail {row.trail}")) == _end(row):
            del ends[row.tid, f"trail {row.trail}"]
    missing = [f"terminal {tid} {detail.partition(' chain')[0]} is missing" for (tid, _), detail in ends.items()]
    return Verdict(good, missing[0] if missing else "")
