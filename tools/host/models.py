# SPDX-License-Identifier: MIT
"""Tables of the host (SQLAlchemy 2). Times are aware UTC, amounts are minor units, keys are TR-31 blocks under the
master key.

Invariants: one transaction for each (terminal, batch, STAN); one stored response for each exactly-once key
(protocol.md clause 3).
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import BigInteger, DateTime, Dialect, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION: Final = 5

# SQLite gives numbers by itself only to INTEGER keys.
_Serial = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python, naive UTC in the database; a naive value is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: UtcDateTime}


class Meta(Base):
    """Facts about the database itself."""

    __tablename__ = "meta"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class Merchant(Base):
    __tablename__ = "merchants"
    mid: Mapped[str] = mapped_column(String(15), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3), default="156")
    utc_offset_min: Mapped[int] = mapped_column(default=480)
    created_at: Mapped[datetime]


class Terminal(Base):
    __tablename__ = "terminals"
    tid: Mapped[str] = mapped_column(String(8), primary_key=True)
    mid: Mapped[str] = mapped_column(ForeignKey("merchants.mid"))
    serial: Mapped[str] = mapped_column(String(32))
    support: Mapped[str] = mapped_column(String(20))
    certificate: Mapped[str] = mapped_column(String(64))  # SHA-256 of the client certificate
    tmk_block: Mapped[str] = mapped_column(Text)
    tak0_block: Mapped[str] = mapped_column(Text)
    tpk0_block: Mapped[str] = mapped_column(Text)
    is_barred: Mapped[bool] = mapped_column(default=False)
    lock_level: Mapped[int] = mapped_column(default=0)  # tag LK
    lock_until: Mapped[datetime | None]  # the lock ends by itself
    lock_text: Mapped[str] = mapped_column(String(60), default="")  # tag DT while it is locked
    pending_work: Mapped[str] = mapped_column(String(8), default="")  # digits of tag PR asked for by the acquirer
    batch: Mapped[int] = mapped_column(default=1)
    key_set: Mapped[int] = mapped_column(default=0)  # number last issued
    operator: Mapped[str | None] = mapped_column(String(3))
    shift: Mapped[str] = mapped_column(String(16), default="")
    firmware: Mapped[str] = mapped_column(String(32), default="")
    parameter_version: Mapped[str] = mapped_column(String(8), default="")
    notice_version: Mapped[int] = mapped_column(default=0)
    journal_count: Mapped[int] = mapped_column(default=0)
    diagnostics: Mapped[str] = mapped_column(Text, default="")
    is_pin_freed: Mapped[bool] = mapped_column(default=False)  # tag PU goes out with answers to 1 and 2
    pin_told: Mapped[str] = mapped_column(String(8), default="")  # over which connection it did; empty: not yet
    sale_limit_minor: Mapped[int | None] = mapped_column(BigInteger)  # most of one order; the host's own if none
    trail: Mapped[int] = mapped_column(default=1)  # counts the devices' own trails: a new device begins a new one
    last_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    merchant: Mapped[Merchant] = relationship()


class KeySet(Base):
    """Working keys issued at a sign-in. `id` orders them: the first good message under one retires all older ones."""

    __tablename__ = "key_sets"
    __table_args__ = (UniqueConstraint("tid", "number"),)
    id: Mapped[int] = mapped_column(_Serial, primary_key=True)
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"))
    number: Mapped[int]
    tak_block: Mapped[str] = mapped_column(Text)
    tpk_block: Mapped[str] = mapped_column(Text)
    operator: Mapped[str] = mapped_column(String(3), default="")
    must_change: Mapped[bool] = mapped_column(default=False)  # good for little until the operator has a new PIN
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]  # signed out: good only for repeats, a few minutes more


class Operator(Base):
    __tablename__ = "operators"
    mid: Mapped[str] = mapped_column(ForeignKey("merchants.mid"), primary_key=True)
    number: Mapped[str] = mapped_column(String(3), primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    role: Mapped[str] = mapped_column(String(1))  # tag RL
    verifier: Mapped[str] = mapped_column(Text)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    must_change: Mapped[bool] = mapped_column(default=True)
    pin_set_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PinGuard(Base):
    """Failures of an operator number, kept also for numbers that nobody has, so that the answers do not differ."""

    __tablename__ = "pin_guards"
    mid: Mapped[str] = mapped_column(ForeignKey("merchants.mid"), primary_key=True)
    number: Mapped[str] = mapped_column(String(3), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)  # since the last lock or good PIN
    failures_since: Mapped[int] = mapped_column(default=0)  # since the last sign-in: tag FC
    locked_until: Mapped[datetime | None]


class SignIn(Base):
    """Who signed in where, when and on which shift; failures too."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_tid_at", "tid", "at"),)
    id: Mapped[int] = mapped_column(_Serial, primary_key=True)
    at: Mapped[datetime]
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"))
    operator: Mapped[str] = mapped_column(String(3))
    operator_name: Mapped[str] = mapped_column(String(30))
    shift: Mapped[str] = mapped_column(String(16))
    batch: Mapped[int]
    result: Mapped[str] = mapped_column(String(2))
    signed_out_at: Mapped[datetime | None]
    sign_out: Mapped[str] = mapped_column(String(1), default="")  # T terminal, O operator, R replaced by a new sign-in


class Batch(Base):
    __tablename__ = "batches"
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    is_balanced: Mapped[bool | None]
    terminal_totals: Mapped[str] = mapped_column(String(30), default="")  # of the last settlement, as in DE48
    host_totals: Mapped[str] = mapped_column(String(30), default="")


class Transaction(Base):
    __tablename__ = "transactions"
    __table_args__ = (UniqueConstraint("tid", "batch", "stan"), Index("ix_transactions_original", "tid", "original"))
    id: Mapped[int] = mapped_column(_Serial, primary_key=True)
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"))
    batch: Mapped[int]
    stan: Mapped[int]
    kind: Mapped[str] = mapped_column(String(2))  # DE60.1: 22 sale, 23 void, 25 refund, 30 advice
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    local_time: Mapped[str] = mapped_column(String(10))  # MMDDhhmmss of the terminal
    operator: Mapped[str] = mapped_column(String(3))
    tender: Mapped[str] = mapped_column(String(16), default="")
    reference: Mapped[str] = mapped_column(String(64), default="")
    rrn: Mapped[str] = mapped_column(String(12))
    payer: Mapped[str] = mapped_column(String(32), default="")  # tag PI
    original: Mapped[str] = mapped_column(String(12), default="")  # batch and STAN of what a void or refund gives back
    shift: Mapped[str] = mapped_column(String(16), default="")
    status: Mapped[str] = mapped_column(String(8), default="booked")  # or disputed: not uploaded; reversed: undone
    source: Mapped[str] = mapped_column(String(8))  # advice, order, request, upload
    created_at: Mapped[datetime]


class Order(Base):
    """What a customer is asked to pay by QR code (message 4). Not money: it becomes a transaction when it is paid."""

    __tablename__ = "orders"
    __table_args__ = (UniqueConstraint("tid", "batch", "stan"), Index("ix_orders_state", "state"))
    id: Mapped[int] = mapped_column(_Serial, primary_key=True)
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"))
    batch: Mapped[int]
    stan: Mapped[int]
    rrn: Mapped[str] = mapped_column(String(12), unique=True)
    code: Mapped[str] = mapped_column(String(77), unique=True)  # tag QC
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    local_time: Mapped[str] = mapped_column(String(10))
    operator: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(8), default="open")  # then paid, expired or reversed, for good
    payer: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Reversal(Base):
    """A key that was reversed (message 5): whatever still comes under it is refused."""

    __tablename__ = "reversals"
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"), primary_key=True)
    batch: Mapped[int] = mapped_column(primary_key=True)
    stan: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(2))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(2))  # DE39 of the reversal
    outcome: Mapped[str] = mapped_column(String(1))  # tag FS
    at: Mapped[datetime]


class LedgerEntry(Base):
    """One event of the double-entry ledger; its postings sum to zero. Never changed, never deleted."""

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("ix_ledger_entries_batch", "tid", "batch"),)
    id: Mapped[int] = mapped_column(_Serial, primary_key=True)
    at: Mapped[datetime]
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"))
    batch: Mapped[int]
    stan: Mapped[int]
    event: Mapped[str] = mapped_column(String(16))
    currency: Mapped[str] = mapped_column(String(3))
    postings: Mapped[list["Posting"]] = relationship(lazy="selectin", order_by="Posting.account")


class Posting(Base):
    __tablename__ = "postings"
    __table_args__ = (Index("ix_postings_account", "account"),)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entries.id"), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"), primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # debit positive, credit negative


class Account(Base):
    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)  # such as "merchant:123456789012345"
    created_at: Mapped[datetime]


class Difference(Base):
    """A record that the terminal's upload and the books did not agree on; 0 and an empty kind where there is none."""

    __tablename__ = "differences"
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"), primary_key=True)
    batch: Mapped[int] = mapped_column(primary_key=True)
    stan: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(8))  # added, changed, disputed; late: the books were closed
    host_kind: Mapped[str] = mapped_column(String(2), default="")
    host_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    terminal_kind: Mapped[str] = mapped_column(String(2), default="")
    terminal_minor: Mapped[int] = mapped_column(BigInteger, default=0)


class BatchDetail(Base):
    """One record of a batch upload (message 7), as the terminal states it."""

    __tablename__ = "batch_details"
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"), primary_key=True)
    batch: Mapped[int] = mapped_column(primary_key=True)
    stan: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(2))
    rrn: Mapped[str] = mapped_column(String(12))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    local_time: Mapped[str] = mapped_column(String(10))


class Exchange(Base):
    """The exactly-once store: what was answered to which request."""

    __tablename__ = "exchanges"
    __table_args__ = (
        UniqueConstraint("tid", "mti", "batch", "stan", "de7"),
        Index("ix_exchanges_expires_at", "expires_at"),
        {"sqlite_autoincrement": True},  # the number is DE37 of the response: never given twice
    )
    id: Mapped[int] = mapped_column(_Serial, primary_key=True)
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"))
    mti: Mapped[str] = mapped_column(String(4))  # last digit 0
    batch: Mapped[int]
    stan: Mapped[int]
    de7: Mapped[str] = mapped_column(String(10))
    digest: Mapped[str] = mapped_column(String(64))
    pin_digest: Mapped[str] = mapped_column(String(64))
    security: Mapped[str] = mapped_column(String(16))  # DE53 of the request
    code: Mapped[str] = mapped_column(String(2))
    response: Mapped[bytes]  # packed, with its MAC
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  # seven days after the batch was closed


class Notice(Base):
    __tablename__ = "notices"
    version: Mapped[int] = mapped_column(_Serial, primary_key=True)
    mid: Mapped[str | None] = mapped_column(ForeignKey("merchants.mid"))
    tid: Mapped[str | None] = mapped_column(ForeignKey("terminals.tid"))
    title: Mapped[str] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)
    must_confirm: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Audit(Base):
    """One link of the host's audit trail, written by `trail` only: `hash` covers all the rest of the row."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_tid", "tid"),)
    serial: Mapped[int] = mapped_column(_Serial, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    tid: Mapped[str] = mapped_column(String(8), default="")
    operator: Mapped[str] = mapped_column(String(3), default="")
    event: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(Text, default="")
    previous: Mapped[str] = mapped_column(String(64), unique=True)  # two rows cannot follow the same one
    hash: Mapped[str] = mapped_column(String(64))


class TerminalAudit(Base):
    """One record of a terminal's own trail, as it was sent; `mark` says what is wrong with it, if anything."""

    __tablename__ = "terminal_audit"
    __table_args__ = (
        UniqueConstraint("tid", "trail", "record"),
        Index("ix_terminal_audit_sequence", "tid", "trail", "sequence"),
    )
    id: Mapped[int] = mapped_column(_Serial, primary_key=True)
    tid: Mapped[str] = mapped_column(ForeignKey("terminals.tid"))
    trail: Mapped[int]
    sequence: Mapped[int] = mapped_column(BigInteger)
    record: Mapped[str] = mapped_column(String(40))  # 20 bytes in hexadecimal
    mark: Mapped[str] = mapped_column(String(8), default="")
    received_at: Mapped[datetime]
