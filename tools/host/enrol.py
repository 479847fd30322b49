# SPDX-License-Identifier: MIT
"""Entering merchants, terminals, operators and notices, and the acquirer's orders to a terminal. Every change is in
the audit.

Invariant: a PIN leaves this module only as a verifier, a key only as a block or inside the identity handed to the
caller.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from tools.host import batches, booking, crypto, guards, pins, pki, trail
from tools.host.bundle import TerminalIdentity
from tools.host.clock import Clock
from tools.host.components import Components
from tools.host.db import Database
from tools.host.errors import EnrolError, UnknownError
from tools.host.models import KeySet, Merchant, Notice, Operator, Terminal
from tools.host.trail import Event
from tools.host.vault import Vault

SUPPORT: Final = "400-000-0000"
ROLES: Final = {"0": "cashier", "1": "supervisor", "9": "administrator"}
_TITLE_BYTES, _BODY_BYTES, _NAME_BYTES, _SUPPORT_BYTES, _TEXT_BYTES = 32, 600, 30, 20, 60
_VERSION_MAX = 9999  # tag NV has four digits
_PENDING = frozenset("12369")


@dataclass(frozen=True, repr=False)
class TerminalKeys:
    """Keys to enrol a terminal with, where they are not to be made here."""

    tmk: bytes
    tak0: bytes
    tpk0: bytes


@dataclass(frozen=True)
class Enrolled:
    """What the books hold of a terminal's identity: check values of TMK, TAK0, TPK0, SHA-256 of the certificate."""

    mid: str
    serial: str
    kcvs: tuple[str, ...]
    certificate: str


def _check(form: str, value: str, what: str) -> None:
    if not re.fullmatch(form, value, re.ASCII):
        raise EnrolError(f"'{value}' is not {what}")


def _check_length(value: str, limit: int, what: str) -> None:
    if not value or len(value.encode()) > limit:
        raise EnrolError(f"{what} must have 1 to {limit} bytes")


def default_role(number: str) -> str:
    """Role that an operator number stands for: 000 supervisor, 099 administrator, all others cashier."""
    return {"000": "1", "099": "9"}.get(number, "0")


class Enrolment:
    """The acquirer's desk."""

    def __init__(self, db: Database, vault: Vault, pki_dir: Path, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._pki_dir = pki_dir
        self._clock = clock

    def _note(self, session: Session, event: Event, detail: str = "", *, tid: str = "", operator: str = "") -> None:
        trail.note(session, self._clock(), event, tid=tid, operator=operator, detail=detail)

    def merchant(self, mid: str, name: str, currency: str = "156", utc_offset_min: int = 480) -> None:
        """Enter a merchant, or change one."""
        _check(r"[0-9A-Za-z]{1,15}", mid, "a merchant number (1 to 15 letters or digits)")
        _check(r"\d{3}", currency, "a currency number of three digits")
        _check_length(name, 64, "a merchant's name")
        with self._db.writing() as session:
            row = session.get(Merchant, mid)
            if row is None:
                row = Merchant(mid=mid, created_at=self._clock())
                session.add(row)
            row.name, row.currency, row.utc_offset_min = name, currency, utc_offset_min
            self._note(session, Event.MERCHANT, mid)

    def terminal(
        self,
        tid: str,
        mid: str,
        serial: str,
        support: str = SUPPORT,
        keys: TerminalKeys | None = None,
        is_renewed: bool = False,
        first_batch: int = 1,
    ) -> TerminalIdentity:
        """Enter a terminal with new keys and a new certificate; an enrolled one must be renewed."""
        _check(r"\d{8}", tid, "a terminal number of eight digits")
        _check_length(serial, 32, "a serial number")
        _check_length(support, _SUPPORT_BYTES, "a support contact")
        fresh = keys or self._new_keys()
        ca = pki.load_ca(self._pki_dir)
        leaf = pki.issue_terminal(ca, tid)
        with self._db.writing() as session:
            merchant = session.get(Merchant, mid)
            if merchant is None:
                raise EnrolError(f"there is no merchant {mid}")
            row = self._terminal_row(session, tid, is_renewed, first_batch)
            row.mid, row.serial, row.support, row.certificate = mid, serial, support, leaf.fingerprint
            self._store_keys(row, fresh)
            self._note(session, Event.TERMINAL_RENEWED if is_renewed else Event.TERMINAL, serial, tid=tid)
        return TerminalIdentity(
            tid=tid,
            mid=mid,
            serial=serial,
            server_name=pki.server_name(self._pki_dir),
            support=support,
            currency=merchant.currency,
            tmk=fresh.tmk,
            tak0=fresh.tak0,
            tpk0=fresh.tpk0,
            client_certificate=leaf.certificate_der,
            client_key=leaf.key_der,
            ca_certificate=ca.certificate_der,
        )

    def enrolled(self, tid: str) -> Enrolled | None:
        """The identity last given to a terminal, None if it has none."""
        with self._db.reading() as session:
            row = session.get(Terminal, tid)
            if row is None:
                return None
            blocks = ((crypto.TMK, row.tmk_block), (crypto.TAK, row.tak0_block), (crypto.TPK, row.tpk0_block))
            kcvs = tuple(crypto.kcv(self._vault.load(purpose, block)) for purpose, block in blocks)
            return Enrolled(row.mid, row.serial, kcvs, row.certificate)

    def has_merchant(self, mid: str) -> bool:
        with self._db.reading() as session:
            return session.get(Merchant, mid) is not None

    def keys_under(self, tmk: bytes) -> TerminalKeys:
        """For a TMK that two custodians brought; the other two are made here."""
        return TerminalKeys(tmk, self._vault.new_key(), self._vault.new_key())

    def keeping(self) -> Components:
        """Over a bundle that stays at this host until a board has confirmed it."""
        return Components.of(self._vault.keeping_key())

    def _new_keys(self) -> TerminalKeys:
        return TerminalKeys(self._vault.new_key(), self._vault.new_key(), self._vault.new_key())

    def _store_keys(self, row: Terminal, keys: TerminalKeys) -> None:
        row.tmk_block = self._vault.store(crypto.TMK, keys.tmk)
        row.tak0_block = self._vault.store(crypto.TAK, keys.tak0)
        row.tpk0_block = self._vault.store(crypto.TPK, keys.tpk0)

    def _terminal_row(self, session: Session, tid: str, is_renewed: bool, first_batch: int) -> Terminal:
        """Row of a new terminal, or of one to be renewed without the keys of its last session."""
        row = session.get(Terminal, tid)
        if row is None:
            row = Terminal(tid=tid, batch=first_batch, created_at=self._clock())
            session.add(row)
            return row
        if not is_renewed:
            raise EnrolError(f"terminal {tid} is enrolled already")
        session.execute(delete(KeySet).where(KeySet.tid == tid))
        row.trail += 1
        if booking.is_begun(session, tid, row.batch):
            # Another device may number its records from 1: never two devices in one batch.
            batches.step(session, row, self._clock())
        return row

    def operator(
        self, mid: str, number: str, name: str, pin: str, role: str | None = None, must_change: bool = True
    ) -> None:
        """Enter an operator of a merchant, or give one a new PIN; either way nothing stays locked."""
        _check(r"0\d\d", number, "an operator number from 000 to 099")
        _check_length(name, _NAME_BYTES, "an operator's name")
        if role is not None and role not in ROLES:
            raise EnrolError(f"'{role}' is not a role ({', '.join(f'{key} {text}' for key, text in ROLES.items())})")
        verifier, now = self._verifier(pin), self._clock()
        with self._db.writing() as session:
            if session.get(Merchant, mid) is None:
                raise EnrolError(f"there is no merchant {mid}")
            self._check_strength(session, mid, number, pin)
            row = session.get(Operator, (mid, number))
            if row is None:
                row = Operator(mid=mid, number=number, created_at=now)
                session.add(row)
            row.name, row.role = name, role or default_role(number)
            row.verifier, row.pin_set_at, row.must_change, row.is_enabled = verifier, now, must_change, True
            guards.free(session, mid, number)
            self._note(session, Event.OPERATOR, f"merchant {mid} role {row.role}", operator=number)

    def _verifier(self, pin: str) -> str:
        try:
            return pins.make_verifier(pin)
        except pins.PinError as error:
            raise EnrolError(str(error)) from None

    def _check_strength(self, session: Session, mid: str, number: str, pin: str) -> None:
        """Refuse a PIN that is weak for this operator at any terminal of the merchant."""
        tids = session.scalars(select(Terminal.tid).where(Terminal.mid == mid)).all()
        for tid in ("", *tids):
            if weakness := pins.weakness(pin, number, tid):
                raise EnrolError(f"the PIN is too weak: {pins.REASONS[weakness]}")

    def _operator(self, session: Session, mid: str, number: str) -> Operator:
        row = session.get(Operator, (mid, number))
        if row is None:
            raise UnknownError(f"merchant {mid} has no operator {number}")
        return row

    def reset_pin(self, mid: str, number: str, pin: str, must_change: bool = True) -> None:
        """Give an operator a new PIN; nothing stays locked."""
        verifier = self._verifier(pin)
        with self._db.writing() as session:
            row = self._operator(session, mid, number)
            self._check_strength(session, mid, number, pin)
            row.verifier, row.pin_set_at, row.must_change = verifier, self._clock(), must_change
            guards.free(session, mid, number)
            self._note(session, Event.PIN_RESET, f"merchant {mid}", operator=number)

    def unlock_operator(self, mid: str, number: str) -> None:
        """Let an operator try again before the lock ends."""
        with self._db.writing() as session:
            self._operator(session, mid, number)
            guards.free(session, mid, number)
            self._note(session, Event.OPERATOR_UNLOCKED, f"merchant {mid}", operator=number)

    def enable_operator(self, mid: str, number: str, is_enabled: bool) -> None:
        """Disable an operator (answer 62), or enable one again."""
        with self._db.writing() as session:
            self._operator(session, mid, number).is_enabled = is_enabled
            event = Event.OPERATOR_ENABLED if is_enabled else Event.OPERATOR_DISABLED
            self._note(session, event, f"merchant {mid}", operator=number)

    def unlock_terminal(self, tid: str) -> None:
        """Let a terminal forget the PIN tries it has counted: told with its answers until it has heard it (tag PU)."""
        with self._db.writing() as session:
            row = session.get(Terminal, tid)
            if row is None:
                raise UnknownError(f"there is no terminal {tid}")
            row.is_pin_freed, row.pin_told = True, ""
            self._note(session, Event.TERMINAL_FREED, tid=tid)

    def control_terminal(
        self,
        tid: str,
        is_barred: bool | None = None,
        lock_level: int | None = None,
        pending: str | None = None,
        until: datetime | None = None,
        text: str = "",
    ) -> None:
        """Bar a terminal (58), lock it (LK 0-2; `until` when, and why), ask for work (PR digits; 8 comes by itself)."""
        if text:
            _check_length(text, _TEXT_BYTES, "the reason of a lock")
        if lock_level is not None and lock_level not in (0, 1, 2):
            raise EnrolError("a lock is 0 free, 1 no new sales, 2 maintenance")
        if pending is not None and not set(pending) <= _PENDING:
            raise EnrolError("pending work is made of the digits 1 2 3 6 9")
        with self._db.writing() as session:
            row = session.get(Terminal, tid)
            if row is None:
                raise UnknownError(f"there is no terminal {tid}")
            if is_barred is not None:
                row.is_barred = is_barred
                self._note(session, Event.TERMINAL_BARRED if is_barred else Event.TERMINAL_UNBARRED, tid=tid)
            if lock_level is not None:
                row.lock_level, row.lock_until, row.lock_text = lock_level, until, text
                self._note(session, Event.TERMINAL_LOCK, f"level {lock_level}", tid=tid)
            if pending is not None:
                row.pending_work = "".join(sorted(set(pending)))
                self._note(session, Event.TERMINAL_PENDING, row.pending_work or "none", tid=tid)

    def limit_sales(self, tid: str, amount_minor: int | None) -> None:
        """The most that one QR order of a terminal may be; None leaves it to the host's setting, 0 allows none."""
        with self._db.writing() as session:
            row = session.get(Terminal, tid)
            if row is None:
                raise UnknownError(f"there is no terminal {tid}")
            row.sale_limit_minor = amount_minor
            self._note(session, Event.SALE_LIMIT, "-" if amount_minor is None else str(amount_minor), tid=tid)

    def _next_version(self, session: Session) -> int:
        """Above every version that a notice has or a terminal says it has seen, which may be another host's."""
        given = session.scalar(select(func.max(Notice.version))) or 0
        version = max(given, session.scalar(select(func.max(Terminal.notice_version))) or 0) + 1
        if version > _VERSION_MAX:
            raise EnrolError("there are no notice versions left")
        return version

    def notice(
        self,
        title: str,
        body: str,
        tid: str | None = None,
        mid: str | None = None,
        must_confirm: bool = False,
        expires_at: datetime | None = None,
    ) -> int:
        """Enter a notice for one terminal, one merchant, or all; its version."""
        _check_length(title, _TITLE_BYTES, "a title")
        _check_length(body, _BODY_BYTES, "a notice")
        with self._db.writing() as session:
            if tid is not None and session.get(Terminal, tid) is None:
                raise UnknownError(f"there is no terminal {tid}")
            if mid is not None and session.get(Merchant, mid) is None:
                raise UnknownError(f"there is no merchant {mid}")
            row = Notice(version=self._next_version(session), mid=mid, tid=tid, title=title, body=body)
            row.must_confirm, row.expires_at, row.created_at = must_confirm, expires_at, self._clock()
            session.add(row)
            self._note(session, Event.NOTICE, f"version {row.version:04d}", tid=tid or "")
            return row.version
