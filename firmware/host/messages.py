# SPDX-License-Identifier: MIT
"""The messages of POS-ISO profile 1 as field dictionaries; pure functions, no input or output, no state.

Numbers in comments are those of the profile's message table. DE62 is tag-length-value text.
"""

from micropython import const

import tlv
from firmware import clock

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.host.session import Context
    from firmware.store.journal import Txn

_NII = const("003")
_TYPES = "30222325"  # two digits for each kind of transaction in the journal, from 1 on


def security(key_set: int, has_pin: bool) -> str:
    """DE53: key set of MAC, key set of PIN block, PIN format, MAC algorithm 05."""
    return "%02d%02d%s0500000000" % (key_set, key_set if has_pin else 0, "04" if has_pin else "00")


def base(
    context: "Context", mti: str, function: str, stan: int, time_s: int, key_set: int, zone_min: "int | None" = None
) -> "dict":
    """The fields that all requests have (profile section 4); `function` is DE60.3, DE60.1 is management."""
    local = clock.local(time_s, context.zone if zone_min is None else zone_min)
    return {
        "t": mti,
        7: clock.de7(time_s),
        11: "%06d" % stan,
        12: "%02d%02d%02d" % local[3:6],
        13: "%02d%02d" % local[1:3],
        24: _NII,
        41: context.tid,
        42: context.mid,
        53: security(key_set, False),
        60: "00%06d%s" % (context.batch, function),
        63: context.operator or "---",
    }


def management(
    context: "Context", function: str, stan: int, time_s: int, key_set: int, tags: "list[tuple[str, str]]"
) -> "dict":
    """1 sign-in 001, 2 status 301, 8 sign-out 002, 9 PIN 801, 11 notice 811: 0800, function in DE60.3 and DE70."""
    fields = base(context, "0800", function, stan, time_s, key_set)
    fields[70] = function
    if tags:
        fields[62] = tlv.pack(tags)
    return fields


def add_pin(fields: "dict", block: bytes, key_set: int, new: bytes = b"") -> None:
    """DE110 tags PB and, for a change, PN: PIN blocks under the TPK of `key_set`."""
    fields[53] = security(key_set, True)
    tags = [("PB", block.hex().upper())]
    if new:
        tags.append(("PN", new.hex().upper()))
    fields[110] = tlv.pack(tags)


def advice(context: "Context", txn: "Txn", key_set: int) -> "dict":
    """3: a recorded cash sale. Time, batch and operator are the sale's, so that a repeat is the same message."""
    fields = base(context, "0220", "000", txn.stan, txn.time, key_set, txn.zone)
    fields[3] = "000000"
    fields[4] = "%012d" % txn.amount
    fields[22] = "012"
    fields[25] = "00"
    fields[49] = context.currency
    fields[60] = type_of(txn) + "%06d000" % txn.batch
    fields[62] = tlv.pack([("TN", "CASH"), ("RF", reference(txn))])
    fields[63] = "%03d" % txn.operator
    return fields


def type_of(txn: "Txn") -> str:
    """DE60.1: 30 advice, 22 sale, 23 void, 25 refund."""
    return _TYPES[2 * txn.kind - 2 : 2 * txn.kind]


def reference(txn: "Txn") -> str:
    """Receipt reference: batch and STAN."""
    return "%06d%06d" % (txn.batch, txn.stan)
