# SPDX-License-Identifier: MIT
"""A terminal in Python that speaks the profile to the host under test, over a real TLS socket.

Built on pyiso8583 through the host's codec; keys and PIN blocks by psec. It checks what a
terminal must check in every response.
"""

import socket
import ssl
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psec
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tools.host import TerminalIdentity, codec, crypto, tlv
from tools.host.clock import Clock
from tools.host.codec import Fields

TPDU = bytes.fromhex("6000030000")
SET_00 = "0000040500000000"


class ClosedError(Exception):
    """The host closed the connection instead of answering."""


@dataclass
class Response:
    """An answer as it came."""

    raw: bytes
    fields: Fields
    is_signed: bool

    @property
    def code(self) -> str:
        return self.fields["39"]

    @property
    def tags(self) -> dict[str, str]:
        return tlv.unpack(self.fields.get("62", ""))


def client_context(identity: TerminalIdentity) -> ssl.SSLContext:
    """Context with the terminal's certificate, checking the host's name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=identity.ca_certificate)
    with tempfile.TemporaryDirectory() as name:
        certificate, key = Path(name, "c.pem"), Path(name, "k.pem")
        loaded = x509.load_der_x509_certificate(identity.client_certificate)
        certificate.write_bytes(loaded.public_bytes(serialization.Encoding.PEM))
        private = serialization.load_der_private_key(identity.client_key, None)
        key.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context.load_cert_chain(certificate, key)
    return context


@dataclass
class TerminalClient:
    """One terminal. `key_set` and the keys follow the last good sign-in; STAN counts by itself."""

    identity: TerminalIdentity
    port: int
    clock: Clock
    server_name: str = ""
    batch: int = 1
    operator: str = "---"
    key_set: int = 0
    tak: bytes = b""
    tpk: bytes = b""
    stan: int = 0
    last: Fields = field(default_factory=dict)
    _socket: ssl.SSLSocket | None = None

    def __post_init__(self) -> None:
        self.tak, self.tpk = self.identity.tak0, self.identity.tpk0

    # Transport.

    def connect(self, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        self.close()
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        name = self.server_name or self.identity.server_name
        self._socket = (context or client_context(self.identity)).wrap_socket(plain, server_hostname=name)
        return self._socket

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send_raw(self, data: bytes) -> None:
        (self._socket or self.connect()).sendall(data)

    def _read(self, count: int) -> bytes:
        assert self._socket is not None
        data = b""
        while len(data) < count:
            try:
                chunk = self._socket.recv(count - len(data))
            except (ssl.SSLError, ConnectionError):
                chunk = b""
            if not chunk:
                raise ClosedError(data.hex())
            data += chunk
        return data

    def read_frame(self) -> bytes:
        """Content of the next frame."""
        return self._read(int.from_bytes(self._read(2), "big"))

    def is_closed(self) -> bool:
        """Whether the host has closed the connection (waits for it to say something)."""
        try:
            self._read(1)
        except ClosedError:
            return True
        return False

    # Messages.

    def next_stan(self) -> int:
        self.stan = self.stan % 999_999 + 1
        return self.stan

    def fields(self, mti: str, kind: str, function: str, tags: Iterable[tuple[str, str]] = (), **more: str) -> Fields:
        """Common fields of a new request; `more` gives or replaces fields as f4="..."; an empty value removes one."""
        now = self.clock()
        local = now + timedelta(hours=8)
        fields = {
            "t": mti,
            "7": now.strftime("%m%d%H%M%S"),
            "11": f"{self.next_stan():06d}",
            "12": local.strftime("%H%M%S"),
            "13": local.strftime("%m%d"),
            "24": "003",
            "41": self.identity.tid,
            "42": self.identity.mid.ljust(15),
            "53": f"{self.key_set:02d}{self.key_set:02d}000500000000",
            "60": f"{kind}{self.batch:06d}{function}",
            "63": self.operator,
        }
        if mti.startswith("08"):
            fields["70"] = function
        if text := tlv.pack(tags):
            fields["62"] = text
        return self.changed(fields, {name[1:]: value for name, value in more.items()})

    @staticmethod
    def changed(fields: Fields, change: Fields) -> Fields:
        """The fields with some replaced, or removed where the new value is empty."""
        return {name: value for name, value in (fields | change).items() if value}

    def pack(self, fields: Fields, tak: bytes | None = None) -> bytes:
        """Frame of a request, signed."""
        content = TPDU + crypto.seal(fields, tak or self.tak)
        return len(content).to_bytes(2, "big") + content

    def post(self, fields: Fields, tak: bytes | None = None) -> None:
        """Send without waiting for the answer."""
        self.last = fields
        self.send_raw(self.pack(fields, tak))

    def receive(self, request: Fields, tak: bytes | None = None) -> Response:
        """Next answer, checked against its request as a terminal does."""
        content = self.read_frame()
        assert content[:5] == bytes.fromhex("6000000003")
        packed = content[5:]
        fields = codec.unpack(packed)
        assert fields["t"] == f"{request['t'][:2]}{int(request['t'][2]) + 1}0"
        assert {fields[name] == request[name] for name in ("7", "11", "41")} == {True}
        assert "110" not in fields
        return Response(packed, fields, crypto.is_sealed(packed, fields, tak or self.tak))

    def ask(self, fields: Fields, tak: bytes | None = None) -> Response:
        """Send a request and take its answer; an unsigned one may only be a failure without tags."""
        self.post(fields, tak)
        response = self.receive(fields, tak)
        if not response.is_signed:
            assert response.code in ("30", "58", "96", "97", "A0")
            assert not {"62", "64", "128"} & response.fields.keys()
        return response

    def repeat(self, fields: Fields) -> Response:
        return self.ask(fields | {"t": fields["t"][:3] + "1"})

    # Journeys.

    def pin_block(self, pin: str, operator: str, key: bytes | None = None) -> str:
        block = psec.pinblock.encipher_pinblock_iso_4(
            key or self.identity.tpk0, pin, self.identity.tid + operator.zfill(4)
        )
        return block.hex().upper()

    def sign_in_fields(self, pin: str = "246810", operator: str = "001", journal: int = 0, **more: str) -> Fields:
        """Message 1 as a terminal makes it."""
        tags = [("SN", self.identity.serial), ("FV", "1.0.0"), ("PV", "0003"), ("NV", "0000")]
        tags += [("JN", str(journal)), ("SH", "2")]
        block = tlv.pack([("PB", self.pin_block(pin, operator))])
        more = {"f53": SET_00, "f63": operator, "f110": block, **more}
        return self.fields("0800", "00", "001", tags, **more)

    def sign_in(self, pin: str = "246810", operator: str = "001", journal: int = 0) -> Response:
        """Sign in; on success take over the keys as a terminal does."""
        response = self.ask(self.sign_in_fields(pin, operator, journal), self.identity.tak0)
        if response.code == "00":
            self.take_keys(response)
            self.operator = operator
        return response

    def check_pin_fields(self, pin: str, operator: str, *tags: tuple[str, str], new: str = "", **more: str) -> Fields:
        """Message 9 under the keys in use: a change where there are new digits, else a check."""
        blocks = [("PB", self.pin_block(pin, operator, self.tpk))]
        if new:
            blocks.append(("PN", self.pin_block(new, operator, self.tpk)))
        both = f"{self.key_set:02d}" * 2
        more = {"f53": f"{both}040500000000", "f63": operator, "f110": tlv.pack(blocks), **more}
        return self.fields("0800", "00", "801", tags, **more)

    def change_pin(self, old: str, new: str, operator: str = "001") -> Response:
        return self.ask(self.check_pin_fields(old, operator, new=new))

    def check_pin(self, pin: str, operator: str = "000", *tags: tuple[str, str]) -> Response:
        return self.ask(self.check_pin_fields(pin, operator, *tags))

    def take_keys(self, response: Response) -> None:
        tags = response.tags
        assert response.is_signed
        tak = crypto.unwrap(self.identity.tmk, crypto.TAK, tags["KA"])
        tpk = crypto.unwrap(self.identity.tmk, crypto.TPK, tags["KP"])
        assert (crypto.kcv(tak), crypto.kcv(tpk)) == (tags["CA"], tags["CP"])
        self.tak, self.tpk, self.key_set = tak, tpk, int(tags["KS"])
        self.batch = int(response.fields["60"][2:8])

    def forget_keys(self) -> None:
        """As after a restart or a sign-out."""
        self.tak, self.tpk, self.key_set, self.operator = self.identity.tak0, self.identity.tpk0, 0, "---"

    def echo(self, *tags: tuple[str, str], **more: str) -> Response:
        return self.ask(self.fields("0800", "00", "301", tags, **more))

    def sale_fields(self, amount_minor: int = 1230, **more: str) -> Fields:
        """Message 3."""
        sale = {"f3": "000000", "f4": f"{amount_minor:012d}", "f22": "012", "f25": "00", "f49": "156"}
        return self.fields("0220", "30", "000", [("TN", "CASH"), ("RF", "A1")], **(sale | more))

    def sell(self, amount_minor: int = 1230) -> Response:
        return self.ask(self.sale_fields(amount_minor))

    def order_fields(self, amount_minor: int = 1230, **more: str) -> Fields:
        """Message 4."""
        order = {"f3": "000000", "f4": f"{amount_minor:012d}", "f22": "032", "f25": "00", "f49": "156"}
        return self.fields("0200", "22", "000", [("PT", "1")], **(order | more))

    def order(self, amount_minor: int = 1230) -> Response:
        return self.ask(self.order_fields(amount_minor))

    @staticmethod
    def original(fields: Fields) -> str:
        """DE61 that names a message: batch, STAN, local date."""
        return fields["60"][2:8] + fields["11"] + fields["13"]

    def status_fields(self, order: Fields, rrn: str, wait_s: int = 0, **more: str) -> Fields:
        """Message 4b about a message 4."""
        asked = {"f3": "310000", "f22": "012", "f25": "00", "f37": rrn, "f61": self.original(order)}
        return self.fields("0200", "01", "000", [("WT", str(wait_s))], **(asked | more))

    def status(self, order: Fields, rrn: str, wait_s: int = 0) -> Response:
        return self.ask(self.status_fields(order, rrn, wait_s))

    def balance(self) -> Response:
        """Message 4c."""
        return self.ask(self.fields("0200", "01", "000", f3="300000"))

    def credit_fields(self, kind: str, original: Fields, amount_minor: int, pin: str = "808642", **more: str) -> Fields:
        """Message 4d: 23 void, 25 refund."""
        block = tlv.pack([("PB", self.pin_block(pin, "000", self.tpk))])
        asked = {"f3": "200000", "f4": f"{amount_minor:012d}", "f22": "012", "f25": "00", "f49": "156"}
        asked |= {"f53": f"{self.key_set:02d}" * 2 + "040500000000", "f61": self.original(original), "f110": block}
        return self.fields("0200", kind, "000", (), **(asked | more))

    def void(self, original: Fields, amount_minor: int, pin: str = "808642") -> Response:
        return self.ask(self.credit_fields("23", original, amount_minor, pin))

    def refund(self, original: Fields, amount_minor: int, pin: str = "808642") -> Response:
        return self.ask(self.credit_fields("25", original, amount_minor, pin))

    def reversal_fields(self, original: Fields, reason: str = "98", **more: str) -> Fields:
        """Message 5: new DE7, all else that names the original as it was."""
        kept = {name: original[name] for name in ("60", "3", "4", "11", "22", "25", "49")}
        fields = self.fields("0400", "00", "000") | kept | {"39": reason, "61": self.original(original)}
        self.stan -= 1  # a reversal has no STAN of its own
        return self.changed(fields, {name[1:]: value for name, value in more.items()})

    def reverse(self, original: Fields, reason: str = "98") -> Response:
        return self.ask(self.reversal_fields(original, reason))

    def settle_fields(self, amount_minor: int, count: int, credit: tuple[int, int] = (0, 0)) -> Fields:
        """Message 6; `credit` is the amount and count of voids and refunds."""
        totals = f"{amount_minor:012d}{count:03d}{credit[0]:012d}{credit[1]:03d}".ljust(62, "0")
        return self.fields("0500", "00", "201", f48=totals, f49="156")

    def settle(self, amount_minor: int, count: int, credit: tuple[int, int] = (0, 0)) -> Response:
        return self.ask(self.settle_fields(amount_minor, count, credit))

    def upload(self, *records: tuple[int, int], kind: str = "30") -> Response:
        """Message 7 with (STAN, amount) records of one kind."""
        body = "".join(f"{kind}{stan:06d}{'0' * 12}{amount:012d}1120191530" for stan, amount in records)
        return self.ask(self.fields("0320", "00", "201", f48=f"{len(records):02d}{body}"))

    def end_batch(self, count: int, function: str = "207") -> Response:
        """Message 7e."""
        return self.ask(self.fields("0320", "00", function, f48=f"{count:04d}"))

    def sign_out(self, kind: str = "T") -> Response:
        """Message 8; the keys are kept, for a repeat."""
        return self.ask(self.fields("0800", "00", "002", [("SO", kind)]))


class TestClock:
    """A clock that stands still until told."""

    __test__ = False

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)
