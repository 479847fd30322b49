# SPDX-License-Identifier: MIT
"""Transport: certificates, frames, slow and hostile clients, ordered faults (mission S2, S3; protocol.md clause 1)."""

import random
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests_host.host.client import ClosedError, TerminalClient, TestClock, client_context
from tests_host.host.conftest import MID, TID
from tools.host import Fault, Host, Settings, pki
from tools.host.faults import Kind
from tools.host.handlers import REGISTRY
from tools.host.handlers.base import Handler, Work
from tools.host.message import Answer

OTHER = "10000002"


def with_identity(client: TerminalClient, leaf: pki.Identity, ca: pki.Identity | None = None) -> TerminalClient:
    """The client with another certificate."""
    parts = vars(client.identity) | {"client_certificate": leaf.certificate_der, "client_key": leaf.key_der}
    if ca is not None:
        parts |= {"ca_certificate": ca.certificate_der}
    client.identity = client.identity.__class__(**parts)
    return client


def fails_to_connect(client: TerminalClient) -> bool:
    """Whether TLS refuses: in the handshake, or (TLS 1.3) at the first bytes after it."""
    try:
        client.echo()
    except (ssl.SSLError, ConnectionError, ClosedError):
        return True
    return False


@pytest.fixture
def quick_host(host: Host, make_host: Callable[..., Host]) -> Host:
    """A host on the same books that waits for nobody."""
    quick = make_host(Settings(idle_s=0.05, frame_s=0.05, handshake_s=0.5, max_per_terminal=2))
    quick.start()
    return quick


def test_s2_client_certificate_is_required_and_of_this_authority(terminal: TerminalClient, host_dir: Path) -> None:
    """S2: none, a foreign one, an expired one: no connection. A good one works."""
    assert terminal.echo().code == "00"
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.load_verify_locations(cadata=terminal.identity.ca_certificate)
    with pytest.raises((ClosedError, ssl.SSLError, ConnectionError)):
        terminal.connect(bare)
        terminal.echo()
    ca = pki.load_ca(host_dir / "pki")
    assert fails_to_connect(with_identity(terminal, pki.issue_terminal(pki.make_ca(), TID)))
    terminal.close()
    assert fails_to_connect(with_identity(terminal, pki.issue_terminal(ca, TID, pki.expired())))
    terminal.close()
    assert not fails_to_connect(with_identity(terminal, pki.issue_terminal(ca, TID)))


def _refusal(client: TerminalClient, version: ssl.TLSVersion) -> str:
    """What a client is told that sends data at once and goes on sending."""
    context = client_context(client.identity)
    context.maximum_version = version
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=client.identity.server_name) as tls:
                for _ in range(4):
                    tls.sendall(bytes(2000))
                tls.recv(1)
        except ssl.SSLError as error:
            return error.reason
    return ""


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_s2_a_refused_client_hears_why(terminal: TerminalClient, version: ssl.TLSVersion) -> None:
    """S2: the alert comes every time, whatever the client has sent behind its certificate; no reset overtakes it."""
    with_identity(terminal, pki.issue_terminal(pki.make_ca(), TID))
    assert {_refusal(terminal, version) for _ in range(20)} == {"TLSV1_ALERT_UNKNOWN_CA"}


def test_s3_refused_clients_that_stay_hold_up_nobody(
    host: Host, terminal: TerminalClient, make_terminal: Callable[..., TerminalClient], make_host: Callable[..., Host]
) -> None:
    """S3: each is waited for a short while only, a few at a time; others are served meanwhile."""
    hurried = make_host(Settings(linger_s=0.5, max_ending=2))
    other = make_terminal(OTHER)
    terminal.port = other.port = hurried.start()
    staying = [socket.create_connection(("127.0.0.1", terminal.port), timeout=10) for _ in range(5)]
    for plain in staying:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert other.echo().code == "00"
    for plain in staying:
        with plain:
            while plain.recv(100):  # an alert, and the end
                pass
    assert other.echo().code == "00"


def test_s3_whoever_never_stops_sending_is_cut_off(terminal: TerminalClient) -> None:
    """S3: after 64 kB."""
    plain = socket.create_connection(("127.0.0.1", terminal.port), timeout=10)
    with plain, pytest.raises(ConnectionError):
        for _ in range(100_000):
            plain.sendall(bytes(4096))
    assert terminal.echo().code == "00"


def test_s2_certificate_of_another_terminal_is_97(terminal: TerminalClient, host_dir: Path) -> None:
    """S2: the common name must be DE41."""
    with_identity(terminal, pki.issue_terminal(pki.load_ca(host_dir / "pki"), OTHER))
    assert terminal.sign_in().code == "97"
    terminal.close()
    with_identity(terminal, pki.issue_terminal(pki.load_ca(host_dir / "pki"), "30000001"))
    assert terminal.ask(terminal.fields("0800", "00", "301", f41="30000001")).code == "97"


@pytest.mark.parametrize("kind", ["expired", "foreign", "wrong name"])
def test_s3_terminal_notices_a_false_host(
    kind: str, terminal: TerminalClient, host_dir: Path, make_host: Callable[..., Host]
) -> None:
    """S3: helpers make the servers that a terminal must refuse."""
    ca = pki.load_ca(host_dir / "pki")
    leaf = {
        "expired": pki.issue_server(ca, validity=pki.expired()),
        "foreign": pki.issue_server(pki.make_ca("Qiandao CA")),
        "wrong name": pki.issue_server(ca, "other.qiandao.test"),
    }[kind]
    pki.install_server(host_dir / "pki", leaf)
    terminal.port = make_host().start()
    with pytest.raises(ssl.SSLCertVerificationError):
        terminal.connect()


def test_s2_tls_below_1_2_is_refused(terminal: TerminalClient) -> None:
    """S2: TLS 1.2 is the least; 1.2 itself works."""
    context = client_context(terminal.identity)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert terminal.connect(context).version() == "TLSv1.2"
    assert terminal.echo().code == "00"


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00",
        b"\x00\x01\x60",
        b"\x08\x01" + b"\x60" * 2049,
        b"\xff\xff" + b"\x60" * 100,
        b"\x00\x10" + b"\x61" * 16,
        b"\x00\x10" + bytes.fromhex("6000030000") + b"\xff" * 11,
        b"GET / HTTP/1.1\r\n\r\n" + b" " * 20_000,
    ],
)
def test_s3_bytes_that_are_no_request_end_only_their_connection(
    data: bytes, terminal: TerminalClient, make_terminal: Callable[..., TerminalClient]
) -> None:
    """S3: the connection is closed without a word; others live on."""
    other = make_terminal(OTHER)
    assert other.echo().code == "00"
    terminal.send_raw(data)
    assert terminal.is_closed()
    assert other.echo().code == "00"


def test_s3_broken_message_with_readable_head_is_30_unsigned(terminal: TerminalClient) -> None:
    """S3: a request cut after its terminal number can still be told that it was malformed."""
    frame = terminal.pack(terminal.fields("0800", "00", "301"))
    content = frame[2:-20]
    terminal.send_raw(len(content).to_bytes(2, "big") + content)
    fields = terminal.fields("0800", "00", "301") | {"11": f"{terminal.stan - 1:06d}"}
    answer = terminal.receive(fields)
    assert (answer.code, answer.is_signed) == ("30", False)


def test_s3_random_bytes_and_bit_flips_never_stop_the_host(
    host: Host, signed_in: TerminalClient, make_terminal: Callable[..., TerminalClient]
) -> None:
    """S3: 120 broken frames; the host answers an unsigned failure, a signed refusal, or closes; and goes on."""
    source = random.Random(8583)
    attacker = make_terminal(OTHER)
    for number in range(120):
        frame = bytearray(attacker.pack(attacker.fields("0800", "00", "301", [("FV", "1.0.0")])))
        if number % 3 == 0:
            frame[2:] = source.randbytes(len(frame) - 2)
        else:
            for _ in range(source.randint(1, 4)):
                frame[source.randrange(2, len(frame))] ^= 1 << source.randrange(8)
        attacker.send_raw(bytes(frame))
        try:
            content = attacker.read_frame()
        except ClosedError:
            attacker.close()
            continue
        assert content[0] == 0x60
    assert signed_in.sell(100).code == "00"
    assert [record.amount_minor for record in host.books.records(TID, 1)] == [100]
    assert host.books.records(OTHER, 1) == []


def test_s3_faulty_handler_ends_only_its_connection(
    host: Host, signed_in: TerminalClient, make_terminal: Callable[..., TerminalClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3: a defect of the host in one message is no outage of the others."""

    def fail(work: Work) -> Answer:
        raise ZeroDivisionError

    monkeypatch.setitem(REGISTRY, "0220/000", Handler("0220/000", fail))
    with pytest.raises(ClosedError):
        signed_in.sell(100)
    monkeypatch.undo()
    signed_in.connect()
    assert signed_in.repeat(signed_in.last).code == "00"


def test_s3_idle_and_slow_clients_are_let_go(quick_host: Host, terminal: TerminalClient) -> None:
    """S3: a silent connection, and one that stops in the middle of a frame, do not stay."""
    terminal.port = quick_host.port
    terminal.connect()
    assert terminal.is_closed()
    terminal.connect()
    terminal.send_raw(b"\x00\x80\x60\x00")
    assert terminal.is_closed()


def test_s3_client_that_never_begins_tls_is_let_go(quick_host: Host) -> None:
    """S3: a port scanner holds nothing."""
    with socket.create_connection(("127.0.0.1", quick_host.port), timeout=5) as plain:
        assert plain.recv(1) == b""


def test_s3_new_connection_replaces_the_oldest_of_the_same_terminal(
    host: Host, make_host: Callable[..., Host], terminal: TerminalClient, clock: TestClock
) -> None:
    """S3: a terminal that lost its link comes back at once; another's connections are not touched."""
    limited = make_host(Settings(max_per_terminal=2))
    clients = [TerminalClient(terminal.identity, limited.start() if n == 0 else limited.port, clock) for n in range(3)]
    assert [client.echo(f11=f"{n + 1:06d}").code for n, client in enumerate(clients)] == ["00"] * 3
    assert clients[0].is_closed()
    for n, client in enumerate(clients[1:]):
        assert client.echo(f11=f"{n + 11:06d}").code == "00"
        client.close()


def test_s3_reset_connection_is_nobody_elses_trouble(terminal: TerminalClient) -> None:
    """S3: a TCP reset in the middle of a request."""
    connection = terminal.connect()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    terminal.send_raw(terminal.pack(terminal.fields("0800", "00", "301"))[:40])
    terminal.close()
    assert terminal.echo().code == "00"


def test_s2_host_stops_and_starts_again(host: Host, terminal: TerminalClient) -> None:
    """S2: stopping ends every connection; the port is free for the next start."""
    assert terminal.echo().code == "00"
    host.stop()
    assert terminal.is_closed()
    terminal.port = host.start()
    terminal.connect()
    assert terminal.echo().code == "00"


@pytest.fixture
def ready(terminal: TerminalClient) -> Iterator[TerminalClient]:
    terminal.connect()
    yield terminal


def test_fault_plan_fixed_codes(host: Host, ready: TerminalClient) -> None:
    """S3: any DE39, signed or not, with tags, on one message only."""
    host.faults.answer(TID, "55", on="0800/001", RT="2")
    host.faults.answer("*", "96", is_signed=False)
    assert ready.sign_in().tags["RT"] == "2"
    assert ready.echo().code == "96"
    assert ready.sign_in().code == "00"
    assert [row.result for row in host.books.sign_ins(TID)] == ["00"]


def test_fault_plan_lost_requests_and_answers(host: Host, signed_in: TerminalClient) -> None:
    """W4: a lost request has no effect, a lost answer has."""
    host.faults.lose(TID, on="0220/000")
    signed_in.post(signed_in.sale_fields(1))
    host.faults.no_answer(TID, on="0220/000")
    signed_in.post(signed_in.sale_fields(2))
    assert signed_in.echo().code == "00"
    assert [record.amount_minor for record in host.books.records(TID, 1)] == [2]


def test_fault_plan_damaged_answers(host: Host, ready: TerminalClient) -> None:
    """S3: what a terminal must not accept."""
    host.faults.wrong_mac(TID)
    fields = ready.fields("0800", "00", "301")
    ready.post(fields)
    assert not ready.receive(fields).is_signed
    for name, value in (("11", "999999"), ("7", "0101000000"), ("41", OTHER), ("t", "0820")):
        host.faults.wrong_field(TID, name, value)
        ready.post(fields)
        with pytest.raises(AssertionError):
            ready.receive(fields)
    host.faults.duplicate(TID)
    ready.post(fields)
    assert ready.receive(fields).raw == ready.receive(fields).raw
    host.faults.garbage(TID, b"\x00\x03abc")
    ready.post(fields)
    assert ready.read_frame() == b"abc"
    host.faults.cut(TID, 7)
    ready.post(fields)
    with pytest.raises(ClosedError):
        ready.receive(fields)


def test_fault_plan_late_answer(host: Host, ready: TerminalClient) -> None:
    """S3: the answer comes, but later."""
    host.faults.add(TID, Fault(Kind.LATE, seconds=0.01))
    assert ready.echo().code == "00"
    assert host.faults.is_empty()


def test_s2_client_key_is_ec_p256(terminal: TerminalClient) -> None:
    """S2: what the terminal's chip can do in time."""
    key = serialization.load_der_private_key(terminal.identity.client_key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    assert terminal.identity.mid == MID
