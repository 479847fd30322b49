# SPDX-License-Identifier: MIT
"""Messages 4, 4b, 4c, 4d and 5 of the profile: order, its status, balance, void or refund, reversal. Pure; on loan."""

from micropython import const

import tlv
from firmware.host.messages import add_pin, base, type_of

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.host.session import Context
    from firmware.store.journal import Txn

_QR_ENTRY = const("032")  # DE22: a code on this display
_PLAIN = const("012")
_SALE = const("000000")  # DE3
_BACK = const("200000")
_VOID = const(3)  # kind of transaction; from here on money goes back


def _money(fields: "dict", context: "Context", txn: "Txn") -> None:
    """What an order and its reversal have in common."""
    fields[3] = _BACK if txn.kind >= _VOID else _SALE
    fields[4] = "%012d" % txn.amount
    fields[22] = _PLAIN if txn.kind >= _VOID else _QR_ENTRY
    fields[25] = "00"
    fields[49] = context.currency
    fields[60] = type_of(txn) + "%06d000" % txn.batch
    fields[63] = "%03d" % txn.operator


def original(context: "Context", txn: "Txn") -> str:
    """DE61: batch, STAN and local date of a transaction."""
    return "%06d%06d%s" % (txn.batch, txn.stan, base(context, "0", "", txn.stan, txn.time, 0, txn.zone)[13])


def order(context: "Context", txn: "Txn", key_set: int) -> "dict":
    """4: asks for a code that the customer pays."""
    fields = base(context, "0200", "000", txn.stan, txn.time, key_set, txn.zone)
    _money(fields, context, txn)
    fields[62] = tlv.pack([("PT", "1")])
    return fields


def status(context: "Context", txn: "Txn", stan: int, time_s: int, key_set: int, wait_s: int) -> "dict":
    """4b: is it paid? The host may hold its answer for `wait_s`."""
    fields = base(context, "0200", "000", stan, time_s, key_set)
    fields[3] = "310000"
    fields[22] = _PLAIN
    fields[25] = "00"
    fields[37] = txn.rrn.decode().strip("\0")
    fields[60] = "01%06d000" % txn.batch
    fields[61] = original(context, txn)
    fields[62] = tlv.pack([("WT", "%d" % wait_s)])
    return fields


def balance(context: "Context", stan: int, time_s: int, key_set: int) -> "dict":
    """4c: what the host has booked in this batch."""
    fields = base(context, "0200", "000", stan, time_s, key_set)
    fields[3] = "300000"
    fields[60] = "01%06d000" % context.batch
    return fields


def credit(context: "Context", txn: "Txn", of: str, key_set: int, block: bytes) -> "dict":
    """4d: `txn` gives back what was taken; `of` is DE61 of that, `block` the supervisor's PIN."""
    fields = base(context, "0200", "000", txn.stan, txn.time, key_set, txn.zone)
    _money(fields, context, txn)
    fields[61] = of
    add_pin(fields, block, key_set)
    return fields


def reversal(context: "Context", txn: "Txn", time_s: int, key_set: int, reason: str) -> "dict":
    """5: 98 no answer, A0 MAC, 06 other. The number is the original's."""
    fields = base(context, "0400", "000", txn.stan, time_s, key_set)
    _money(fields, context, txn)
    fields[39] = reason
    fields[61] = original(context, txn)
    return fields
