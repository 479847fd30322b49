# SPDX-License-Identifier: MIT
"""Messages 6, 7 and 7e of the profile: settlement, batch upload, batch end. Pure; on loan with the sign-out."""

from micropython import const

from firmware import clock
from firmware.host.messages import base, type_of

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.host.session import Context
    from firmware.store.journal import Txn
    from firmware.store.totals import Totals

_UNSETTLED = const("00000000000000000000000000000000")  # 1 and 31 positions that the host fills


def totals_of(context: "Context", totals: "Totals", stan: int, time_s: int, key_set: int) -> "dict":
    """6: debits and credits as the terminal's journal says."""
    fields = base(context, "0500", "201", stan, time_s, key_set)
    fields[48] = (
        "%012d%03d%012d%03d" % (totals.amount, totals.count, totals.credit_amount, totals.credit_count) + _UNSETTLED
    ).encode()
    fields[49] = context.currency
    return fields


def batch_upload(context: "Context", txns: "list[Txn]", stan: int, time_s: int, key_set: int) -> "dict":
    """7: up to eight records as type 2, STAN 6, RRN 12, amount 12, MMDDhhmmss 10."""
    fields = base(context, "0320", "201", stan, time_s, key_set)
    details = "%02d" % len(txns)
    for txn in txns:
        rrn = txn.rrn.decode().strip("\0 ")
        details += "%s%06d%12s%012d%s" % (type_of(txn), txn.stan, rrn, txn.amount, clock.de7(txn.time))
    fields[48] = details.encode()
    return fields


def batch_end(context: "Context", count: int, is_balanced: bool, stan: int, time_s: int, key_set: int) -> "dict":
    """7e: 207 when the books agreed, 202 after an upload of the details."""
    fields = base(context, "0320", "207" if is_balanced else "202", stan, time_s, key_set)
    fields[48] = b"%04d" % count
    return fields


def verdict(fields: "dict") -> str:
    """The host's verdict in DE48 of a settlement answer: 1 balanced, 2 not, 3 error."""
    totals = fields.get(48, b"")
    return chr(totals[30]) if len(totals) >= 31 else "3"
