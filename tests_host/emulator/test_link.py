# SPDX-License-Identifier: MIT
"""Sockets and TLS through the link, on the virtual clock, with everything that a network does to them."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.emulator import Board

from .conftest import MakeBoard
from .echo import NAME, EchoHost, Pki

PLAIN = """
    import asyncio, errno, network, time
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    wlan.connect("shop", "correct horse")
    while not wlan.isconnected():
        time.sleep_ms(50)
    def now():
        return time.ticks_diff(time.ticks_ms(), start)
    async def talk(messages, **tls):
        global start
        start = time.ticks_ms()
        try:
            reader, writer = await asyncio.open_connection("10.0.0.5", 5000, **tls)
            print("open", now())
            for message in messages:
                writer.write(message)
                await writer.drain()
                answer = await asyncio.wait_for_ms(reader.read(100), 5000)
                print(now(), answer)
            writer.close()
            await writer.wait_closed()
        except asyncio.TimeoutError:
            print(now(), "timeout")
        except OSError as error:
            print(now(), errno.errorcode.get(error.errno, error.errno))
        print("end")
"""
TALK = PLAIN + "    asyncio.run(talk([b'one', b'two', b'three']))\n"
SECURE = (
    PLAIN
    + """
    import tls
    def der(name):
        with open(name, "rb") as file:
            return file.read()
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.load_cert_chain(der("cert.der"), der("key.der"))
    context.load_verify_locations(der("ca.der"))
    context.verify_mode = tls.CERT_REQUIRED
    asyncio.run(talk([b'one', b'two', b'three'], ssl=context, server_hostname="host.qiandao.test"))
"""
)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def echo() -> Iterator[EchoHost]:
    with EchoHost() as host:
        yield host


def connected(make_board: MakeBoard, host: EchoHost, main: str = TALK, pki: Pki | None = None) -> Board:
    board = make_board(main=main, files=pki.chip_files if pki else {})
    board.link.route(("10.0.0.5", 5000), host.address)
    board.link.patience_s = 1.0
    board.power_on()
    return board


def said(board: Board, timeout_ms: int = 60_000) -> list[str]:
    """What the program printed, run to its end."""
    assert board.run_until(lambda: b"end" in board.serial, timeout_ms), board.serial
    return board.serial.decode().split("\nend")[0].splitlines()


def test_an_exchange_takes_the_links_time_not_the_hosts(make_board: MakeBoard) -> None:
    with EchoHost(delay_s=0.05) as host:
        board = connected(make_board, host)
        board.link.latency_ms = 70
        assert said(board) == ["open 70", "140 b'eno'", "210 b'owt'", "280 b'eerht'"]
        assert (board.link.bytes_up, board.link.bytes_down, board.link.connects) == (11, 11, 1)
        assert board.link.silences == 0


def test_host_that_says_nothing_costs_patience_and_the_chip_times_out(make_board: MakeBoard, echo: EchoHost) -> None:
    """W4: no answer."""
    board = connected(make_board, echo, main=TALK.replace("b'two'", "b'hush'"))
    board.link.patience_s = 0.1
    assert said(board) == ["open 40", "80 b'eno'", "5080 timeout"]
    assert board.link.silences == 1


def test_host_that_hangs_up_shows_as_the_end_of_the_stream(make_board: MakeBoard, echo: EchoHost) -> None:
    board = connected(make_board, echo, main=TALK.replace("b'two'", "b'bye'"))
    assert said(board)[:3] == ["open 40", "80 b'eno'", "120 b''"]


@pytest.mark.parametrize(("count", "host_has"), [(3, [b"one"]), (5, [b"one", b"tw"]), (6, [b"one", b"two"])])
def test_cut_on_the_way_up(make_board: MakeBoard, echo: EchoHost, count: int, host_has: list[bytes]) -> None:
    """W4, O5: the host has exactly the bytes before the cut, the chip a broken connection."""
    board = connected(make_board, echo)
    board.link.cut_after(count, "up")
    lines = said(board)
    assert lines[-1].endswith("ECONNRESET")
    assert len(lines) == (2 if count == 3 else 3)
    assert echo.received == host_has
    assert not board.link.is_cut_pending


@pytest.mark.parametrize(("count", "chip_has"), [(3, "80 b'eno'"), (4, "120 b'o'")])
def test_cut_on_the_way_down(make_board: MakeBoard, echo: EchoHost, count: int, chip_has: str) -> None:
    board = connected(make_board, echo)
    board.link.cut_after(count, "down")
    lines = said(board)
    assert lines[-2] == chip_has
    assert lines[-1].endswith("ECONNRESET")


def test_swallowed_answers_come_when_the_network_is_back(make_board: MakeBoard, echo: EchoHost) -> None:
    board = connected(make_board, echo)
    board.run_until(lambda: b"eno" in board.serial)
    board.link.swallow = True
    board.run(3000)
    assert b"owt" not in board.serial
    board.link.swallow = False
    assert said(board)[2].endswith("b'owt'")


def test_swallowed_requests_never_reach_the_host(make_board: MakeBoard, echo: EchoHost) -> None:
    board = connected(make_board, echo)
    board.run_until(lambda: b"open" in board.serial)
    board.link.swallow = "up"
    assert said(board)[-1].endswith("timeout")
    assert echo.received in ([], [b"one"])


def test_radio_loss_is_silence_not_an_error(make_board: MakeBoard, echo: EchoHost) -> None:
    board = connected(make_board, echo)
    board.run_until(lambda: b"eno" in board.serial)
    board.wifi.is_up = False
    assert said(board)[-1].endswith("timeout")


def test_half_open_connection_is_silence_too(make_board: MakeBoard, echo: EchoHost) -> None:
    board = connected(make_board, echo)
    board.run_until(lambda: b"eno" in board.serial)
    board.link.half_open()
    assert said(board)[-1].endswith("timeout")


def test_refused_unrouted_and_reset(make_board: MakeBoard, echo: EchoHost) -> None:
    board = connected(make_board, echo)
    board.link.is_refusing = True
    assert said(board)[-1] == "40 ECONNRESET"
    lost = make_board(main=TALK)
    lost.power_on()
    assert said(lost, 200_000)[-1].endswith("ECONNABORTED")
    reset = connected(make_board, echo)
    reset.run_until(lambda: b"eno" in reset.serial)
    reset.link.reset_connections()
    assert said(reset)[-1].endswith("ECONNRESET")


def test_without_wifi_there_is_no_route_and_no_name(board: Board) -> None:
    output = board.exec(
        """
import errno, network, socket
network.WLAN(network.STA_IF).active(True)
for work in (lambda: socket.socket().connect(("10.0.0.5", 1)), lambda: socket.getaddrinfo("host.test", 1)):
    try:
        work()
    except OSError as error:
        print(error.errno)
print(socket.getaddrinfo("10.0.0.5", 443))
"""
    )
    assert output.splitlines() == ["113", "-202", "[(2, 1, 0, '10.0.0.5', ('10.0.0.5', 443))]"]


BLOCKING = """
    import network, socket, time
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    wlan.connect("shop", "correct horse")
    while not wlan.isconnected():
        time.sleep_ms(50)
    s = socket.socket()
    s.connect(socket.getaddrinfo("host.qiandao.test", 5000)[0][-1])
    s.settimeout(2)
    s.sendall(b"hello")
    print(s.recv(100))
    s.send(b"hush")
    before = time.ticks_ms()
    try:
        s.recv(1)
    except OSError as error:
        print(error.errno, time.ticks_diff(time.ticks_ms(), before))
    s.close()
    print("end")
"""


def test_blocking_sockets_and_names(make_board: MakeBoard, echo: EchoHost) -> None:
    board = make_board(main=BLOCKING)
    board.link.route((NAME, 5000), echo.address)
    board.link.patience_s = 0.1
    board.power_on()
    assert said(board) == ["b'olleh'", "110 2000"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_with_client_certificate(make_board: MakeBoard, pki: Pki, version: ssl.TLSVersion) -> None:
    """S2: mutual TLS; the handshake costs the chip its two stretches, the host's own time nothing."""
    with EchoHost(pki.context(version), delay_s=0.05) as host:
        board = connected(make_board, host, main=SECURE, pki=pki)
        board.link.expects_tickets = version is ssl.TLSVersion.TLSv1_3
        # 40 to open, then 300 + 40 + 800 + 40 for the handshake and 40 for each message
        assert said(board) == ["open 40", "1260 b'eno'", "1300 b'owt'", "1340 b'eerht'"]
        assert board.link.silences == 0
        assert host.received == [b"one", b"two", b"three"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_several_requests_on_their_way_are_each_answered_when_due(
    make_board: MakeBoard, pki: Pki, version: ssl.TLSVersion
) -> None:
    """The host's own time for them, one after the other, does not show."""
    pipelined = (
        SECURE.split("    asyncio.run(talk(", maxsplit=1)[0]
        + """
    async def pour(messages):
        global start
        start = time.ticks_ms()
        reader, writer = await asyncio.open_connection(
            "10.0.0.5", 5000, ssl=context, server_hostname="host.qiandao.test")
        for message in messages:
            writer.write(message)
            await writer.drain()
            if message == messages[0]:
                print(now(), await reader.read(4))
                start = time.ticks_ms()
            else:
                time.sleep_ms(15)
        for _ in messages[1:]:
            answer = await reader.read(4)
            print(now(), answer)
        print("end")
    asyncio.run(pour([b"zero", b"one.", b"two.", b"tri."]))
    """
    )
    context = pki.context(version)
    context.num_tickets = 0
    with EchoHost(context, delay_s=0.1, size=4) as host:
        board = connected(make_board, host, main=pipelined, pki=pki)
        assert said(board)[1:] == ["45 b'.eno'", "55 b'.owt'", "70 b'.irt'"]  # due at 40, 55 and 70
        assert board.link.silences == 0


def test_a_host_without_tickets_may_be_slow_after_the_handshake(make_board: MakeBoard, pki: Pki) -> None:
    """The first answer takes longer, really, than tickets would; virtual time does not tell."""
    context = pki.context(ssl.TLSVersion.TLSv1_3)
    context.num_tickets = 0
    with EchoHost(context, delay_s=0.8) as host:
        board = connected(make_board, host, main=SECURE, pki=pki)
        assert said(board) == ["open 40", "1220 b'eno'", "1260 b'owt'", "1300 b'eerht'"]
        assert board.link.silences == 0


def test_keys_pressed_inside_a_stretch_are_gone(make_board: MakeBoard, pki: Pki) -> None:
    """Platform: no Python runs in the handshake; an interrupt is served after it, when the key is up again."""
    watch = """
    from machine import Pin
    Pin(13, Pin.OPEN_DRAIN, value=0)
    column = Pin(25, Pin.IN, Pin.PULL_UP)
    column.irq(lambda pin: print("edge", pin.value()), Pin.IRQ_FALLING)
    """
    with EchoHost(pki.context(ssl.TLSVersion.TLSv1_2)) as host:
        board = connected(make_board, host, main=watch + SECURE, pki=pki)
        board.run_until(lambda: b"open" in board.serial)
        board.run(60)
        board.keypad.press("1")
        assert "edge 1" in said(board)
        assert b"edge 0" not in board.serial


@pytest.mark.parametrize("count", [200, 700, 1000])
def test_tls_cut_in_the_handshake(make_board: MakeBoard, pki: Pki, count: int) -> None:
    with EchoHost(pki.context(ssl.TLSVersion.TLSv1_2)) as host:
        board = connected(make_board, host, main=SECURE, pki=pki)
        board.link.cut_after(count, "up")
        lines = said(board)
        assert lines[0] == "open 40"
        assert lines[-1].endswith("ECONNRESET")
        assert host.received == []


def test_tls_with_another_host_name_is_refused_by_the_chip(make_board: MakeBoard, pki: Pki) -> None:
    """A false host: the certificate is checked against the name."""
    wrong = (
        SECURE.replace(NAME, "other.test")
        .replace("except OSError", "except (OSError, ValueError)")
        .replace("errno.errorcode.get(error.errno, error.errno)", "type(error).__name__")
    )
    with EchoHost(pki.context(ssl.TLSVersion.TLSv1_2)) as host:
        board = connected(make_board, host, main=wrong, pki=pki)
        assert said(board)[-1].endswith("ValueError")
        assert host.received == []


def test_tls_swallow_and_return(make_board: MakeBoard, pki: Pki) -> None:
    with EchoHost(pki.context(ssl.TLSVersion.TLSv1_2)) as host:
        board = connected(make_board, host, main=SECURE, pki=pki)
        board.run_until(lambda: b"eno" in board.serial)
        board.link.swallow = "both"
        board.run(2000)
        board.link.swallow = False
        lines = said(board)
        assert [line.split(" ", 1)[1] for line in lines[1:]] == ["b'eno'", "b'owt'", "b'eerht'"]
        assert host.received == [b"one", b"two", b"three"]


def test_two_runs_take_the_same_virtual_time(make_board: MakeBoard, pki: Pki, tmp_path: Path) -> None:
    seen = set()
    with EchoHost(pki.context(ssl.TLSVersion.TLSv1_2), delay_s=0.01) as host:
        for _ in range(2):
            board = connected(make_board, host, main=SECURE, pki=pki)
            said(board)
            seen.add((board.clock.now_us, board.requests, board.serial))
    assert len(seen) == 1


def test_a_narrow_link_takes_the_time_of_its_bits_both_ways(make_board: MakeBoard, echo: EchoHost) -> None:
    """O4: 3,000 bytes at 24 kbit/s are a second up and a second down."""
    long = TALK.replace("[b'one', b'two', b'three']", "[bytes(3000)]").replace("print(now(), answer)", "print(now())")
    board = connected(make_board, echo, main=long.replace("reader.read(100)", "reader.readexactly(3000)"))
    board.link.bandwidth_bps = 24_000
    opened, answered = said(board)
    assert opened == "open 53"  # 40 bytes of SYN
    assert 2053 + 40 <= int(answered) <= 2053 + 60
    assert board.link.silences == 0


def test_lost_segments_come_late_not_never(
    make_board: MakeBoard, echo: EchoHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P4: a weak signal. TCP repeats after 1.5 s, then after twice as long."""
    board = connected(make_board, echo)
    board.run_until(lambda: b"open" in board.serial)
    fates = iter((True, False, False, False, True, True))  # up, down; up, down
    monkeypatch.setattr(board.wifi, "loses_segment", lambda: next(fates, False))
    assert said(board) == ["open 40", "1580 b'eno'", "1620 b'owt'", "6160 b'eerht'"]
    assert echo.received == [b"one", b"two", b"three"]


def test_the_signal_says_how_much_is_lost(board: Board) -> None:
    lost = []
    for board.wifi.rssi in (-50, -82, -88, -95, -99):
        lost.append(round(board.wifi.loss_now, 2))
    assert lost == [0, 0, 0.28, 0.6, 0.6]


def test_a_dropped_station_has_its_connections_aborted(make_board: MakeBoard, echo: EchoHost) -> None:
    """The port takes the address from the interface; lwIP lets go of what was bound to it."""
    board = connected(make_board, echo, main=TALK.replace("b'two'", "b'hush'"))
    board.run_until(lambda: b"eno" in board.serial)
    board.wifi.drop()
    assert said(board)[-1].endswith("ECONNABORTED")
