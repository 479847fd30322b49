# SPDX-License-Identifier: MIT
"""One request in, one response out: authenticate, look for a repeat, handle, store, sign (protocol.md clauses 3 and
4).

Called in worker threads. Invariant: a handler's effect and the stored response are committed together; whoever is not
authenticated gets at most an unsigned failure and changes nothing.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tools.host import batches, codec, crypto, keyring, message
from tools.host.clock import Clock
from tools.host.db import Database
from tools.host.faults import CrashError, Fault, Kind
from tools.host.handlers import REGISTRY
from tools.host.handlers.base import Handler, Wait, Work
from tools.host.handlers.standing import time_tag
from tools.host.keyring import Keys
from tools.host.message import DEFAULT_OFFSET_MIN, Answer, Request, refuse
from tools.host.models import Exchange, Terminal
from tools.host.settings import Settings
from tools.host.vault import Vault

_log = logging.getLogger("qiandao.host")
_CHANGE_FIRST = "请先修改密码 Change the PIN first"


@dataclass(frozen=True)
class Reply:
    """Packed response and the key it was signed with (None: unsigned)."""

    packed: bytes
    tak: bytes | None


@dataclass(frozen=True)
class _Session:
    """An authenticated request: who sent it, under which keys, at which time."""

    request: Request
    keys: Keys
    now: datetime
    offset_min: int
    tags: dict[str, str]
    fault: Fault | None


class Exchanges:
    """Answers requests of one database."""

    def __init__(self, db: Database, vault: Vault, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._settings = settings
        self._clock = clock

    def begin(self, request: Request, peer: str, fault: Fault | None = None) -> Reply | Wait:
        """Response to a request that came over a connection of terminal `peer`, or how long it may be held until
        `answer` is asked for; nothing has been done then.
        """
        return self._guarded(request, peer, fault, may_wait=True)

    def answer(self, request: Request, peer: str, fault: Fault | None = None) -> Reply:
        """Response to a request that is held no longer."""
        reply = self._guarded(request, peer, fault, may_wait=False)
        assert isinstance(reply, Reply)
        return reply

    def _guarded(self, request: Request, peer: str, fault: Fault | None, may_wait: bool) -> Reply | Wait:
        now = self._clock()
        try:
            reply = self._answer(request, peer, now, fault, may_wait)
        except SQLAlchemyError as error:
            _log.error("%s %s: database: %s", request.tid, request.name, type(error).__name__)
            reply = self._unsigned(request, "96", now)
        if isinstance(reply, Wait):
            return reply
        code = codec.unpack(reply.packed)["39"]
        _log.info("%s %s STAN %s -> %s", request.tid, request.alias or request.name, request.fields["11"], code)
        return reply

    def _answer(self, request: Request, peer: str, now: datetime, fault: Fault | None, may_wait: bool) -> Reply | Wait:
        if request.is_broken or request.tid != peer:
            return self._stray(request, peer, now)
        with self._db.reading() as session:
            terminal = session.get(Terminal, request.tid)
            if terminal is None:
                return self._unsigned(request, "97", now)
            keys = self._find_keys(session, terminal, request, now)
            if keys is None:
                return self._unsigned(request, "A0", now)
            known = _Session(request, keys, now, terminal.merchant.utc_offset_min, {}, fault)
            if fault is not None and fault.kind is Kind.CODE:
                return self._ordered(known, fault)
            try:
                known = replace(known, tags=message.check_form(request))
            except message.FormatError as error:
                _log.info("%s %s: %s", request.tid, request.name, error)
                return self._signed(known, refuse("30"))
            if (stored := self._repeat(session, known)) is not None:
                return stored
            if keys.is_retired:
                return self._unsigned(request, "A0", now)
            handler = REGISTRY.get(request.alias or request.name)
            if (refusal := self._gate(session, known, terminal, handler)) is not None or handler is None:
                return self._signed(known, refusal or refuse("40"))
            work = self._work(session, known, terminal)
            if may_wait and (wait := handler.wait(work)) is not None:
                return wait
            prepared = handler.prepare(work) if handler.prepare else None
        return self._commit(known, handler, prepared)

    def _stray(self, request: Request, peer: str, now: datetime) -> Reply:
        """A request that did not unpack, or over a connection of another terminal."""
        if request.is_broken:
            return self._unsigned(request, "30", now)
        _log.warning("%s: a message of terminal %s came over its connection", peer, request.tid)
        return self._unsigned(request, "97", now)

    def _find_keys(self, session: Session, terminal: Terminal, request: Request, now: datetime) -> Keys | None:
        """Keys under which the request's MAC is good."""
        security = request.fields.get("53", "")
        if len(security) != 16:
            return None
        keys = keyring.find(session, self._vault, self._settings, terminal, request.mac_set, now)
        if keys is None or not crypto.is_sealed(request.packed, request.fields, keys.tak):
            _log.warning("%s %s: bad MAC under key set %02d", request.tid, request.name, request.mac_set)
            return None
        return keys

    def _gate(self, session: Session, known: _Session, terminal: Terminal, handler: Handler | None) -> Answer | None:
        """What is refused whatever the message is about."""
        request = known.request
        if request.fields["42"].rstrip() != terminal.mid:
            return refuse("03")
        if terminal.is_barred:
            return refuse("58")
        if handler is None:
            return refuse("40")
        if known.keys.is_restricted and not handler.is_before_change:
            return refuse("63", ("DT", _CHANGE_FIRST))
        if handler.needs - request.fields.keys():
            return refuse("30")
        try:
            age = abs(known.now - message.sent_at(request, known.now))
        except message.FormatError:
            return refuse("30")
        if not handler.is_timeless and age > self._settings.max_age:
            return refuse("96", time_tag(self._work(session, known, terminal)))
        return None

    def _work(self, session: Session, known: _Session, terminal: Terminal) -> Work:
        request = known.request
        pin_keys: Keys | None = known.keys
        if request.pin_set != request.mac_set:
            pin_keys = keyring.find(session, self._vault, self._settings, terminal, request.pin_set, known.now)
        return Work(
            request=request,
            tags=known.tags,
            terminal=terminal,
            session=session,
            now=known.now,
            settings=self._settings,
            vault=self._vault,
            pin_keys=pin_keys,
        )

    def _repeat(self, session: Session, known: _Session) -> Reply | None:
        """Stored response of the same request; 94 if its content differs; None for a new request."""
        request = known.request
        query = select(Exchange).filter_by(
            tid=request.tid, mti=request.mti, batch=request.batch, stan=request.stan, de7=request.fields["7"]
        )
        stored = session.scalar(query)
        if stored is None:
            return None
        has_same_pin_key = stored.security[2:4] == request.fields["53"][2:4]
        if stored.digest != request.digest() or (has_same_pin_key and stored.pin_digest != request.pin_digest()):
            return self._signed(known, refuse("94"), reference=f"{stored.id:012d}")
        if stored.security == request.fields["53"]:
            return Reply(stored.response, known.keys.tak)
        # Sent again under new keys: the same answer, under the keys that the terminal has now.
        fields = codec.unpack(stored.response)
        del fields[codec.mac_field(fields)]
        return Reply(crypto.seal(fields | {"53": request.fields["53"]}, known.keys.tak), known.keys.tak)

    def _commit(self, known: _Session, handler: Handler, prepared: object) -> Reply:
        """Handle in one transaction with storing the response."""
        request = known.request
        with self._db.writing() as session:
            terminal = session.get_one(Terminal, request.tid, with_for_update=True)
            if (stored := self._repeat(session, known)) is not None:
                return stored
            keyring.confirm(session, terminal, known.keys.set_id)
            row = self._new_exchange(session, known)
            work = self._work(session, known, terminal)
            work.reference, work.prepared = f"{row.id:012d}", prepared
            answer = handler.apply(work)
            terminal.last_seen_at = known.now
            reply = self._signed(known, answer, work.reference)
            if answer.is_kept:
                row.code, row.response = answer.code, reply.packed
                row.expires_at = batches.expiry(session, self._settings, request.tid, request.batch, known.now)
            else:
                session.delete(row)
            session.flush()
            if known.fault is not None and known.fault.kind is Kind.CRASH_BEFORE:
                raise CrashError
        if known.fault is not None and known.fault.kind is Kind.CRASH_AFTER:
            raise CrashError
        return reply

    def _new_exchange(self, session: Session, known: _Session) -> Exchange:
        """Row of this exchange; its number is the host reference."""
        request = known.request
        row = Exchange(
            tid=request.tid,
            mti=request.mti,
            batch=request.batch,
            stan=request.stan,
            de7=request.fields["7"],
            digest=request.digest(),
            pin_digest=request.pin_digest(),
            security=request.fields["53"],
            code="",
            response=b"",
            created_at=known.now,
        )
        session.add(row)
        session.flush()
        return row

    def _signed(self, known: _Session, answer: Answer, reference: str = "") -> Reply:
        fields = message.respond(known.request, answer, known.now, known.offset_min, reference)
        return Reply(crypto.seal(fields, known.keys.tak), known.keys.tak)

    def _unsigned(self, request: Request, code: str, now: datetime) -> Reply:
        """A failure for a request that is not authenticated: no MAC, no tags."""
        fields = message.respond(request, refuse(code), now, DEFAULT_OFFSET_MIN)
        try:
            return Reply(codec.pack(fields), None)
        except codec.CodecError:
            # The request did not unpack to its end: leave out what may be half read.
            return Reply(codec.pack({name: fields[name] for name in ("t", "7", "11", "37", "39", "41")}), None)

    def _ordered(self, known: _Session, fault: Fault) -> Reply:
        """The answer that a test ordered."""
        if not fault.is_signed:
            return self._unsigned(known.request, fault.value, known.now)
        return self._signed(known, Answer(fault.value, tags=list(fault.tags)))

    def prune(self) -> int:
        """Forget stored responses and key blocks past their end of life; number of responses dropped."""
        now = self._clock()
        with self._db.writing() as session:
            keyring.prune(session, self._settings, now)
            result = session.execute(delete(Exchange).where(Exchange.expires_at < now))
            return result.rowcount if isinstance(result, CursorResult) else 0
