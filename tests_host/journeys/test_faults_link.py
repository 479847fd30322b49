# SPDX-License-Identifier: MIT
"""A host that cannot be reached or that is not the host: said before a PIN is typed, nothing stored, and the sign-in
works without a restart as soon as the way is right again (S2, S3, P4).
"""

import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests_host.journeys.bench import Bench
from tests_host.journeys.crooked import CrookedHost, append_text, running
from tests_host.journeys.fault_bench import ALL_TRIES_S, decline, durable, expect_light, expect_trouble, quick_fingers
from tools.host import Host, pki
from tools.host.bundle import TerminalIdentity
from tools.play.tongues import catalogue
from tools.provision import provision
from tools.rig import CASHIER, HOST_ADDRESS

_DROPS: Final = 12


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrookedHost]:
    with running(tmp_path_factory.mktemp("crooked")) as host:
        yield host


@pytest.fixture
def bench(locked: Bench) -> Bench:
    quick_fingers(locked)
    return locked


def _expired(directory: Path) -> None:
    pki.install_server(directory, pki.issue_server(pki.load_ca(directory), validity=pki.expired()))


def _not_yet(directory: Path) -> None:
    pki.install_server(directory, pki.issue_server(pki.load_ca(directory), validity=pki.not_yet()))


def _foreign(directory: Path) -> None:
    pki.install_server(directory, pki.issue_server(pki.make_ca()))


def _misnamed(directory: Path) -> None:
    pki.install_server(directory, pki.issue_server(pki.load_ca(directory), "other.qiandao.test"))


def _of_a_terminal(directory: Path) -> None:
    pki.install_server(directory, pki.issue_terminal(pki.load_ca(directory), "20000001"))


_ALERT_RECORD: Final = 0x15  # TLS record type
_STATUS: Final = "0800/301"
FALSE_HOSTS: Final[dict[str, Callable[[Path], None]]] = {
    "expired": _expired,
    "not yet valid": _not_yet,
    "foreign CA": _foreign,
    "wrong name": _misnamed,
    "a terminal's": _of_a_terminal,
}


@contextmanager
def _false_host(shop: CrookedHost, folder: Path, change: Callable[[Path], None]) -> Iterator[Host]:
    """On the same books, with other certificates."""
    directory = Path(shutil.copytree(shop.folder / "pki", folder / "pki"))
    change(directory)
    with Host(f"sqlite:///{shop.folder / 'host.sqlite'}", directory, shop.world) as host:
        yield host


def _refuse_all(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Thread: handshakes with whoever comes, reading what is left after one that failed."""
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return  # closed: the end
        peer.settimeout(5)
        with peer.dup() as plain, suppress(OSError):
            try:
                context.wrap_socket(peer, server_side=True)
            except ssl.SSLError:
                while plain.recv(4096):  # or a reset would overtake the alert
                    pass


@contextmanager
def _distrustful_host(shop: CrookedHost, folder: Path) -> Iterator[int]:
    """The port of a server with the right certificate that takes clients of another authority only, and says so."""
    directory = shop.folder / "pki"
    folder.mkdir()
    (folder / "other.pem").write_bytes(pki.make_ca().certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(directory / pki.SERVER_CERTIFICATE, directory / pki.SERVER_KEY)
    context.load_verify_locations(folder / "other.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_refuse_all, args=(listener, context))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
            thread.join()


Peer = Callable[[socket.socket], None]


def _plain(peer: socket.socket) -> None:
    """A frame such as the host would send, without TLS."""
    peer.recv(4096)
    peer.sendall(b"\0\x0b\x60\0\0\0\3\x08\x10\0\0\0\0")


def _silent(peer: socket.socket) -> None:
    peer.recv(4096)


def _older_tls(peer: socket.socket) -> None:
    """TLS 1.1 chosen, whatever was offered: a ServerHello with one cipher suite."""
    peer.recv(4096)
    hello = b"\3\2" + bytes(32) + b"\0" + b"\xc0\x09" + b"\0"
    message = b"\2" + len(hello).to_bytes(3, "big") + hello
    peer.sendall(b"\x16\3\2" + len(message).to_bytes(2, "big") + message)


def _version_alert(peer: socket.socket) -> None:
    """What a server says that speaks only an older TLS: protocol_version, fatal."""
    peer.recv(4096)
    peer.sendall(b"\x15\3\2\0\2\2\x46")


# What the other side does instead of a good handshake, and the code on the screen.
NOT_OURS: Final[dict[str, tuple[Peer, str]]] = {
    "plain text": (_plain, "N1"),
    "closes at once": (_silent, "N1"),
    "TLS 1.1": (_older_tls, "N1"),
    "only older versions": (_version_alert, "N5"),
}


def _serve(listener: socket.socket, behave: Peer, received: list[bytes]) -> None:
    """Thread: each caller gets the same; what they send behind the first record is noted."""
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return  # closed: the end
        peer.settimeout(5)
        with peer, suppress(OSError):
            behave(peer)
            peer.shutdown(socket.SHUT_WR)
            while data := peer.recv(4096):
                received.append(data)


@contextmanager
def _somebody_else(behave: Peer) -> Iterator[tuple[int, list[bytes]]]:
    """The port of something that is not our host, and what was sent to it behind the first flight."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, behave, received))
        thread.start()
        try:
            yield listener.getsockname()[1], received
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
            thread.join()


@pytest.mark.parametrize("name", NOT_OURS)
def test_s2_whoever_does_not_speak_our_tls_is_told_nothing(bench: Bench, shop: CrookedHost, name: str) -> None:
    """S2: plain text, an older TLS, its alert, a closed door: the reason, nothing but alerts sent, then as before."""
    behave, code = NOT_OURS[name]
    with _somebody_else(behave) as (port, received):
        _reach(bench, port)
        _refuses_to_begin(bench, code)
    assert all(data[0] == _ALERT_RECORD for data in received), "more than a handshake was said to a stranger"
    _reach(bench, shop.port)
    _signs_in_after_all(bench)


def _write(bench: Bench, identity: TerminalIdentity) -> None:
    provision(bench.board, identity, bench.site, bench.board.now)


def test_s2_a_terminal_of_another_authority_is_refused_by_the_host(bench: Bench, shop: CrookedHost) -> None:
    """S2: the real host, a certificate that its authority did not sign: no request is heard, nothing is booked."""
    assert bench.identity is not None
    own, stranger = bench.identity, pki.issue_terminal(pki.make_ca(), bench.tid)
    bench.board.cut_power()
    _write(bench, replace(own, client_certificate=stranger.certificate_der, client_key=stranger.key_der))
    bench.start()
    heard = len(bench.heard)
    bench.press("ENTER")
    expect_trouble(bench, "N5", ALL_TRIES_S)
    decline(bench)
    assert len(bench.heard) == heard and not shop.books.sign_ins(bench.tid)
    bench.board.cut_power()
    _write(bench, own)
    bench.start_linked()
    _signs_in_after_all(bench)


def _reach(bench: Bench, port: int) -> None:
    """From now on the terminal's way leads to another port."""
    bench.board.link.route(HOST_ADDRESS, ("127.0.0.1", port))
    bench.board.link.reset_connections()


def _refuses_to_begin(bench: Bench, code: str) -> None:
    """ENTER on the lock screen leads to the reason, not to a question for the PIN."""
    before, requests = durable(bench), len(bench.heard)
    bench.press("ENTER")
    expect_trouble(bench, code, ALL_TRIES_S)
    decline(bench)
    assert durable(bench) == before
    assert len(bench.heard) == requests


def _signs_in_after_all(bench: Bench) -> None:
    """By itself, without a restart."""
    restarts = len(bench.board.resets)
    assert bench.board.run_until(lambda: bench.is_linked, 120_000), "the link did not come back by itself"
    bench.sign_in()
    expect_light(bench, "steady green")
    assert len(bench.board.resets) == restarts
    assert bench.host.books.sign_ins(bench.tid)[-1].result == "00"


@pytest.mark.parametrize("name", FALSE_HOSTS)
def test_s2_certificates_are_checked_both_ways(bench: Bench, shop: CrookedHost, tmp_path: Path, name: str) -> None:
    """S2: expired, not valid yet, of a foreign authority, for another name, not a server's."""
    with _false_host(shop, tmp_path / "false", FALSE_HOSTS[name]) as false:
        _reach(bench, false.port)
        _refuses_to_begin(bench, "N4")
    _reach(bench, shop.port)
    _signs_in_after_all(bench)


def test_s2_a_host_that_refuses_the_terminals_certificate(bench: Bench, shop: CrookedHost, tmp_path: Path) -> None:
    """S2: the host's alert is told apart from a host that is down."""
    with _distrustful_host(shop, tmp_path / "distrustful") as port:
        _reach(bench, port)
        _refuses_to_begin(bench, "N5")
    _reach(bench, shop.port)
    _signs_in_after_all(bench)


def test_s2_a_false_host_in_the_middle_of_a_sign_in(bench: Bench, shop: CrookedHost, tmp_path: Path) -> None:
    """S2, S3: the connection moves to another host after the PIN was typed: refused at once, not tried three times."""
    before = durable(bench)
    with _false_host(shop, tmp_path / "false", _foreign) as false:
        bench.enter_operator()
        bench.press(*CASHIER.pin)
        _reach(bench, false.port)
        bench.press("ENTER")
        expect_trouble(bench, "N4", ALL_TRIES_S)
        _reach(bench, shop.port)
        decline(bench)
    assert durable(bench) == before
    _signs_in_after_all(bench)


def test_l4_bad_answers_to_the_question_what_is_pending(bench: Bench, shop: CrookedHost) -> None:
    """L4: the reason instead of an answer; asked again it is answered."""
    before = durable(bench)
    faults: list[tuple[Callable[[], None], str]] = [
        (lambda: shop.faults.wrong_mac(bench.tid, _STATUS), "N3"),
        (lambda: shop.faults.cut(bench.tid, 9, _STATUS), "N2"),
        (lambda: shop.faults.answer(bench.tid, "96", _STATUS, is_signed=False), "H96"),
        (lambda: shop.edit(_STATUS, append_text("LK0011LK0012")), "N3"),
    ]
    for arm, code in faults:
        arm()
        _ask_support(bench)
        expect_trouble(bench, code)
        decline(bench)
        assert durable(bench) == before
        assert bench.board.run_until(lambda: bench.is_linked, 60_000)
        bench.board.run(3000)  # the terminal's own question after it has connected
    _ask_support(bench)
    bench.expect(catalogue()["support.free"])


def _ask_support(bench: Bench) -> None:
    bench.press("MENU")
    bench.expect(catalogue()["menu.sign_in"])
    bench.press("5")


def test_l1_an_unsigned_answer_neither_bars_nor_frees(bench: Bench, shop: CrookedHost) -> None:
    """L1: only the host's signed word does."""
    shop.faults.answer(bench.tid, "58", _STATUS, is_signed=False)
    _ask_support(bench)
    expect_trouble(bench, "H58")
    decline(bench)
    shop.enrolment.control_terminal(bench.tid, is_barred=True)
    _ask_support(bench)
    expect_trouble(bench, "H58")
    bench.press("ENTER")
    bench.expect("终端已锁定", catalogue()["lock.barred"])
    shop.faults.answer(bench.tid, "97", _STATUS, is_signed=False)
    _ask_support(bench)
    expect_trouble(bench, "H97")
    bench.press("ENTER")
    bench.expect("终端已锁定", catalogue()["lock.barred"])
    shop.enrolment.control_terminal(bench.tid, is_barred=False)
    _ask_support(bench)
    bench.expect(catalogue()["support.free"])
    bench.press("ENTER")
    _signs_in_after_all(bench)


def test_p4_host_down(bench: Bench) -> None:
    """P4: connections are refused."""
    link = bench.board.link
    link.is_refusing = True
    link.reset_connections()
    _refuses_to_begin(bench, "N1")
    link.is_refusing = False
    _signs_in_after_all(bench)


def test_p4_host_out_of_reach(bench: Bench) -> None:
    """P4: nothing comes back from the network, not even a refusal: 10 s, then the reason."""
    link = bench.board.link
    link.swallow = "both"
    link.reset_connections()
    bench.board.run(100)
    start_ms = bench.board.now_ms
    bench.press("ENTER")
    expect_trouble(bench, "N1", 60)
    assert bench.board.now_ms - start_ms < 25_000
    decline(bench)
    link.swallow = ""
    _signs_in_after_all(bench)


def test_p4_the_wifi_goes_again_and_again(bench: Bench) -> None:
    """P4: the way to the host comes back each time, and no socket is left behind; the chip has only a few."""
    board = bench.board
    for _ in range(_DROPS):
        assert board.run_until(lambda: bench.is_linked, 30_000), board.panel.text()
        board.wifi.is_up = False
        assert board.run_until(lambda: not bench.is_linked, 10_000)
        bench.press("CANCEL")  # or it would be dark after a while
        board.wifi.is_up = True
    assert board.run_until(lambda: bench.is_linked, 30_000), board.panel.text()
    assert len(board.link.open_connections()) == 1


def test_s3_the_host_goes_down_in_the_middle_of_a_sign_in(bench: Bench) -> None:
    """S3: after the PIN was typed; offered again, and the offer taken completes it with the same STAN."""
    before = durable(bench)
    link = bench.board.link
    bench.enter_operator()
    bench.press(*CASHIER.pin)
    link.is_refusing = True
    link.reset_connections()
    bench.press("ENTER")
    expect_trouble(bench, "N1", ALL_TRIES_S)
    assert durable(bench) == before
    link.is_refusing = False
    assert bench.shows(catalogue()["hint.retry"])
    bench.press("ENTER")
    bench.expect("签到成功")
    assert [what for what in bench.heard if what.endswith("/001")] == ["0801/001"]
    assert [row.result for row in bench.host.books.sign_ins(bench.tid)] == ["00"]


@pytest.mark.parametrize("count", [1, 300, 900])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_p4_a_handshake_that_breaks(bench: Bench, direction: str, count: int) -> None:
    """P4: at a byte of either side's flight; the next try, a moment later, comes through by itself."""
    link = bench.board.link
    link.cut_after(count, direction)
    link.reset_connections()
    assert bench.board.run_until(lambda: not link.is_cut_pending, 60_000)
    _signs_in_after_all(bench)
