# SPDX-License-Identifier: MIT
"""Orders of message 4: made, then paid, expired or reversed, once and for good.

Invariant: who changes an order holds its terminal's row, so that payment, expiry and reversal come one after the
other; whatever the terminal was told last stays true.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tools.host import booking, ledger
from tools.host.errors import PaymentError, UnknownError
from tools.host.models import Batch, Order, Terminal, Transaction


class State(StrEnum):
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    REVERSED = "reversed"


def end(order: Order, state: State, now: datetime) -> None:
    order.state, order.ended_at = state, now


def expire(order: Order, now: datetime) -> None:
    """Let an open order end when its time is over: from then on nobody can pay it."""
    if order.state == State.OPEN and order.expires_at <= now:
        end(order, State.EXPIRED, now)


def _locked(session: Session, code: str) -> tuple[Order, Terminal]:
    """An order by its code or host reference, under its terminal's lock."""
    number = session.scalar(select(Order.id).where(or_(Order.code == code, Order.rrn == code)))
    if number is None:
        raise UnknownError(f"there is no order {code}")
    tid = session.get_one(Order, number).tid
    terminal = session.get_one(Terminal, tid, with_for_update=True, populate_existing=True)
    return session.get_one(Order, number, populate_existing=True), terminal


def pay(session: Session, code: str, payer: str, now: datetime) -> Order:
    """Book the payment of an open order."""
    order, terminal = _locked(session, code)
    if order.state == State.OPEN and order.expires_at <= now:
        raise PaymentError(f"order {order.rrn} is expired")
    if order.state != State.OPEN:
        raise PaymentError(f"order {order.rrn} is {order.state}")
    batch = session.get(Batch, (order.tid, order.batch))
    if batch is None or batch.closed_at is not None or booking.find(session, order.tid, order.batch, order.stan):
        raise PaymentError(f"order {order.rrn} is of a batch that is closed")
    order.payer = payer
    end(order, State.PAID, now)
    record = Transaction(
        tid=order.tid,
        batch=order.batch,
        stan=order.stan,
        kind="22",
        amount_minor=order.amount_minor,
        currency=order.currency,
        local_time=order.local_time,
        operator=order.operator,
        tender=ledger.QR,
        payer=payer,
        rrn=order.rrn,
        source="order",
    )
    booking.book(session, terminal, record, now)
    return order


def expire_now(session: Session, code: str, now: datetime) -> Order:
    """End an open order before its time."""
    order, _ = _locked(session, code)
    if order.state != State.OPEN:
        raise PaymentError(f"order {order.rrn} is {order.state}")
    end(order, State.EXPIRED, now)
    return order


def open_orders(session: Session, now: datetime, tid: str | None = None) -> list[Order]:
    """Orders that can be paid, oldest first."""
    query = select(Order).where(Order.state == State.OPEN, Order.expires_at > now).order_by(Order.id)
    return list(session.scalars(query if tid is None else query.where(Order.tid == tid)))


def still_open(session: Session, numbers: set[int]) -> set[int]:
    """Those of some orders that nobody has paid or ended."""
    return set(session.scalars(select(Order.id).where(Order.id.in_(numbers), Order.state == State.OPEN)))
