# SPDX-License-Identifier: MIT
"""From a reply to the bytes that leave, through the fault that a test may have ordered for it."""

from tools.host import codec, crypto, message
from tools.host.exchange import Reply
from tools.host.faults import Fault, Kind
from tools.host.message import Request
from tools.host.server import Outgoing


def is_lost(fault: Fault | None) -> bool:
    """Whether the request is to be taken as never received."""
    return fault is not None and fault.kind is Kind.LOST


def _changed(reply: Reply, fault: Fault) -> bytes:
    """The response with one field changed, under a good MAC if it had one."""
    fields = codec.unpack(reply.packed)
    fields.pop(codec.mac_field(fields), None)
    fields[fault.name] = fault.value
    return codec.pack(fields) if reply.tak is None else crypto.seal(fields, reply.tak)


def make(request: Request, reply: Reply, fault: Fault | None) -> Outgoing:
    """What to send for a reply."""
    frame = message.frame(request, reply.packed)
    if fault is None:
        return Outgoing([frame])
    match fault.kind:
        case Kind.NO_ANSWER:
            return Outgoing()
        case Kind.GARBAGE:
            return Outgoing([fault.data])
        case Kind.WRONG_MAC:
            return Outgoing([frame[:-1] + bytes([frame[-1] ^ 0xFF])])
        case Kind.WRONG_FIELD:
            return Outgoing([message.frame(request, _changed(reply, fault))])
        case Kind.CUT:
            return Outgoing([frame[: fault.count]], is_closing=True)
        case Kind.LATE:
            return Outgoing([frame], delay_s=fault.seconds)
        case Kind.DUPLICATE:
            return Outgoing([frame, frame])
        case _:
            return Outgoing([frame])
