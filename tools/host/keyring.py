# SPDX-License-Identifier: MIT
"""Key sets of a terminal: 00 from provisioning, 01-99 made at sign-ins (protocol.md clause 3).

Invariant: the old and the new set are both good until the first good message under the new; a signed-out set answers
repeats only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tools.host import crypto
from tools.host.models import KeySet, Terminal
from tools.host.settings import Settings
from tools.host.vault import Vault

_LAST_NUMBER: Final = 99
_KEPT_SETS: Final = 2  # beside the one being issued


@dataclass(frozen=True)
class Keys:
    """Clear keys of one set, for the length of one exchange. `set_id` is None for set 00."""

    tak: bytes
    tpk: bytes
    set_id: int | None
    is_retired: bool
    is_restricted: bool = False  # their operator must change the PIN first


def find(
    session: Session, vault: Vault, settings: Settings, terminal: Terminal, number: int, now: datetime
) -> Keys | None:
    """Keys of a set that may still be used."""
    if number == 0:
        tak = vault.load(crypto.TAK, terminal.tak0_block)
        return Keys(tak, vault.load(crypto.TPK, terminal.tpk0_block), None, is_retired=False)
    row = session.scalar(select(KeySet).where(KeySet.tid == terminal.tid, KeySet.number == number))
    if row is None or now - row.created_at > settings.key_life:
        return None
    if row.retired_at is not None and now - row.retired_at > settings.retired_key_life:
        return None
    tak = vault.load(crypto.TAK, row.tak_block)
    tpk, is_retired = vault.load(crypto.TPK, row.tpk_block), row.retired_at is not None
    return Keys(tak, tpk, row.id, is_retired, is_restricted=row.must_change)


def issue(
    session: Session, vault: Vault, terminal: Terminal, now: datetime, must_change: bool = False
) -> tuple[int, bytes, bytes]:
    """Number, TAK and TPK of a new set, for the operator at the terminal."""
    session.execute(delete(KeySet).where(KeySet.tid == terminal.tid, KeySet.retired_at.is_not(None)))
    rows = session.scalars(select(KeySet).where(KeySet.tid == terminal.tid).order_by(KeySet.id.desc())).all()
    for row in rows[_KEPT_SETS:]:
        session.delete(row)
    used = {row.number for row in rows[:_KEPT_SETS]}
    number = terminal.key_set % _LAST_NUMBER + 1
    while number in used:
        number = number % _LAST_NUMBER + 1
    session.flush()
    tak, tpk = vault.new_key(), vault.new_key()
    blocks = {"tak_block": vault.store(crypto.TAK, tak), "tpk_block": vault.store(crypto.TPK, tpk)}
    row = KeySet(tid=terminal.tid, number=number, operator=terminal.operator or "", created_at=now, **blocks)
    row.must_change = must_change
    session.add(row)
    terminal.key_set = number
    return number, tak, tpk


def confirm(session: Session, terminal: Terminal, set_id: int | None) -> None:
    """A good message came under this set: forget all older ones."""
    if set_id is not None:
        session.execute(delete(KeySet).where(KeySet.tid == terminal.tid, KeySet.id < set_id))


def lift(session: Session, terminal: Terminal, operator: str) -> None:
    """The operator has a new PIN: the sets that were made for this operator here are good for everything."""
    is_own = (KeySet.tid == terminal.tid) & (KeySet.operator == operator)
    session.execute(update(KeySet).where(is_own).values(must_change=False))


def retire(session: Session, terminal: Terminal, now: datetime) -> None:
    """Signed out: every set is good for repeats of the sign-out only."""
    live = KeySet.retired_at.is_(None)
    session.execute(update(KeySet).where(KeySet.tid == terminal.tid, live).values(retired_at=now))


def prune(session: Session, settings: Settings, now: datetime) -> None:
    """Drop blocks of sets that nothing can use any more."""
    is_old = KeySet.created_at < now - settings.key_life
    is_out = KeySet.retired_at < now - settings.retired_key_life
    session.execute(delete(KeySet).where(is_old | is_out))
