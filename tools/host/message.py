# SPDX-License-Identifier: MIT
"""Requests as they come from the wire and responses as they go back (protocol.md clauses 1, 2 and 4); pure, no
database.

Invariant: a response carries 7, 11, 24, 41, 42, 53, 60, 63 (and 70) of its request unless a handler says otherwise,
never 110.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from tools.host import codec, tlv
from tools.host.codec import Fields

TPDU_BYTES: Final = 5
FRAME_MAX: Final = 2048
UNSIGNED_CODES: Final = frozenset({"30", "58", "96", "97", "A0"})
DEFAULT_OFFSET_MIN: Final = 480  # host local time where no merchant is known

_ECHOED = ("7", "11", "24", "41", "42", "53", "60", "63")
_SEALS = frozenset({"64", "128"})
_DECIMALS: Final = re.compile(r"[0-9]+")
_REQUESTS = {"22": "order", "23": "void", "25": "refund"}  # by 60.1
_INQUIRIES = {("01", "310000"): "status", ("01", "300000"): "balance"}  # by 60.1 and processing code
_FORMS = {
    "7": r"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\d",
    "11": r"(?!0{6})\d{6}",
    "12": r"\d{6}",
    "13": r"\d{4}",
    "24": "003",
    "42": r"[\x20-\x7e]{15}",
    "53": r"\d{4}0[04]050{8}",
    "60": r"\d{11}",
    "63": r"0\d\d|---",
}


class UnanswerableError(ValueError):
    """Bytes that are not a request of this profile: the connection is closed."""


class FormatError(ValueError):
    """A signed request with a wrong or missing field: DE39 30."""


@dataclass(frozen=True)
class Request:
    """One request. `is_broken`: it did not unpack to its end, but far enough to say so to the sender."""

    tpdu: bytes
    packed: bytes
    fields: Fields
    is_broken: bool = False

    @property
    def tid(self) -> str:
        return self.fields["41"]

    @property
    def mti(self) -> str:
        """Message type with 0 as its last digit, as a repeat has the same meaning."""
        return self.fields["t"][:3] + "0"

    @property
    def function(self) -> str:
        text = self.fields.get("60", "")[8:11]
        return text if text.isascii() and text.isdigit() else ""

    @property
    def name(self) -> str:
        """Message type and function, such as "0800/001"."""
        return f"{self.mti}/{self.function}"

    @property
    def kind(self) -> str:
        """60.1."""
        return self.fields.get("60", "")[:2]

    @property
    def alias(self) -> str:
        """What messages 4 to 5 are called where type and function do not tell them apart; empty for all others."""
        if self.name == "0200/000":
            return _REQUESTS.get(self.kind, "") or _INQUIRIES.get((self.kind, self.fields.get("3", "")), "")
        return "reversal" if self.name == "0400/000" else ""

    @property
    def batch(self) -> int:
        return int(self.fields["60"][2:8])

    @property
    def stan(self) -> int:
        return int(self.fields["11"])

    @property
    def mac_set(self) -> int:
        return int(self.fields["53"][:2])

    @property
    def pin_set(self) -> int:
        return int(self.fields["53"][2:4])

    @property
    def operator(self) -> str:
        return self.fields["63"]

    def digest(self) -> str:
        """Of what must not differ in a repeat: all but type, security field, PIN blocks and MAC."""
        names = sorted(set(self.fields) - _SEALS - {"t", "53", "110"})
        return hashlib.sha256(json.dumps([(name, self.fields[name]) for name in names]).encode()).hexdigest()

    def pin_digest(self) -> str:
        """Of the encrypted PIN data, comparable only under the same PIN key set."""
        return hashlib.sha256(self.fields.get("110", "").encode("latin-1")).hexdigest()


def parse(frame: bytes) -> Request:
    """Request of a frame's content (TPDU and message)."""
    if len(frame) <= TPDU_BYTES or frame[0] != 0x60:
        raise UnanswerableError("no TPDU")
    tpdu, packed = frame[:TPDU_BYTES], frame[TPDU_BYTES:]
    is_broken = False
    try:
        fields = codec.unpack(packed)
    except codec.CodecError as error:
        fields, is_broken = error.partial, True
    has_numbers = all(_DECIMALS.fullmatch(fields.get(name, "")) for name in ("t", "7", "11"))  # the refusal has them
    if not has_numbers or not fields.get("41", "").isalnum() or not re.fullmatch(r"0[1-9][024][01]", fields["t"]):
        raise UnanswerableError("not a request")
    return Request(tpdu, packed, fields, is_broken)


def check_form(request: Request) -> dict[str, str]:
    """Refuse a request whose common fields break the profile; tagged values of DE62 and DE110, if all is well."""
    for name, form in _FORMS.items():
        if not re.fullmatch(form, request.fields.get(name, "")):
            raise FormatError(f"field {name}")
    if request.mti == "0800" and request.fields.get("70") != request.function:
        raise FormatError("field 70")
    if len(_SEALS.intersection(request.fields)) != 1:
        raise FormatError("two MAC fields")
    try:
        tags = tlv.unpack(request.fields.get("62", ""))
        pins = tlv.unpack(request.fields.get("110", ""))
    except tlv.TlvError as error:
        raise FormatError(str(error)) from None
    if tags.keys() & pins.keys():
        raise FormatError("tag given twice")
    return tags | pins


def sent_at(request: Request, now: datetime) -> datetime:
    """DE7 as a time: that of the nearest year, since the field has none."""
    text = request.fields["7"]
    candidates = []
    for year in (now.year - 1, now.year, now.year + 1):
        try:
            candidates.append(datetime.strptime(f"{year}{text}", "%Y%m%d%H%M%S").replace(tzinfo=UTC))
        except ValueError:
            continue  # 29 February, or no such day in any year
    if not candidates:
        raise FormatError("field 7")
    return min(candidates, key=lambda moment: abs(moment - now))


@dataclass
class Answer:
    """What a handler wants said. `is_kept`: whether a repeat gets the same; else a repeat is handled anew."""

    code: str = "00"
    fields: Fields = field(default_factory=dict)
    tags: list[tuple[str, str]] = field(default_factory=list)
    is_kept: bool = True


def refuse(code: str, *tags: tuple[str, str]) -> Answer:
    """An answer that changed nothing and may turn out otherwise next time."""
    return Answer(code, tags=list(tags), is_kept=False)


def local_time(now: datetime, offset_min: int) -> datetime:
    return now.astimezone(timezone(timedelta(minutes=offset_min)))


def respond(request: Request, answer: Answer, now: datetime, offset_min: int, reference: str = "") -> Fields:
    """Fields of the response, without MAC. A reference is made up where the exchange is not stored."""
    local = local_time(now, offset_min)
    fields = {name: request.fields[name] for name in _ECHOED if name in request.fields}
    if request.mti == "0800" and "70" in request.fields:
        fields["70"] = request.fields["70"]
    fields["t"] = f"{request.mti[:2]}{int(request.mti[2]) + 1}0"
    fields["12"], fields["13"] = local.strftime("%H%M%S"), local.strftime("%m%d")
    fields["37"] = reference or f"E{secrets.token_hex(6)[:11].upper()}"
    fields["39"] = answer.code
    if answer.tags:
        fields["62"] = tlv.pack(answer.tags)
    return fields | answer.fields


def frame(request: Request, packed: bytes) -> bytes:
    """Response frame: length, TPDU with its addresses swapped, message."""
    tpdu = request.tpdu[:1] + request.tpdu[3:5] + request.tpdu[1:3]
    content = tpdu + packed
    if len(content) > FRAME_MAX:
        raise codec.CodecError("response is too long")
    return len(content).to_bytes(2, "big") + content
