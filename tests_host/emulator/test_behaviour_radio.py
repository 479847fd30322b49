# SPDX-License-Identifier: MIT
"""docs/emulated-board.md, network: what the station says of itself while it connects, fails and is thrown out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests_host.emulator.behaviour import Rows, new_board, told
from tools.emulator import Board
from tools.emulator.wifi import DHCP_NEVER, Network

_CALLS = """
import network, time
W = network.WLAN
w = W(W.IF_STA)
row("constants", [W.IF_STA, W.IF_AP, W.PM_NONE, W.PM_PERFORMANCE, W.PM_POWERSAVE,
    network.STAT_IDLE, network.STAT_CONNECTING, network.STAT_GOT_IP,
    network.STAT_WRONG_PASSWORD, network.STAT_NO_AP_FOUND, network.STAT_BEACON_TIMEOUT])
row("interface", [fault(W, 2), W().active()])
row("not-started", [fault(w.connect, "shop", "correct horse"), fault(w.disconnect), fault(w.scan),
    fault(w.status, "rssi")])
row("active", [w.active(), w.active(True), w.active(), w.active(True), w.status()])
row("disconnect-while-idle", [fault(w.disconnect), w.status()])
row("config-defaults", [w.config("pm"), w.config("reconnects"), w.config("ssid"), w.config("txpower")])
w.config(pm=W.PM_NONE, reconnects=3); row("config-set", [w.config("pm"), w.config("reconnects")])
row("config-faults", [fault(w.config, "nonsense"), fault(w.config, nonsense=1), fault(w.config, "pm", pm=1),
    fault(w.config, "pm", "mac"), fault(w.config), fault(w.config, ssid="x"), fault(w.config, "hidden")])
row("mac", len(w.config("mac")))
row("status-faults", fault(w.status, "x"))
w.config(reconnects=0)
w.connect("shop", "correct horse")
row("connecting", [w.status(), w.isconnected(), fault(w.connect, "shop", "correct horse"), fault(w.connect), w.scan()])
while not w.isconnected(): time.sleep_ms(50)
row("connected", [w.status(), w.status("rssi"), w.config("ssid"), w.ifconfig()[0]])
row("connect-while-connected", [fault(w.connect, "shop", "correct horse"), w.isconnected(),
    fault(w.connect, "shop", "correct horse")])
while not w.isconnected(): time.sleep_ms(50)
w.disconnect(); row("disconnected", [w.status(), w.isconnected(), w.ifconfig()[0], fault(w.status, "rssi")])
row("switched-off", [w.active(False), w.status(), w.active(True), w.status()])
"""
_NOT_STARTED, _INTERNAL = "OSError('Wifi Not Started',)", "OSError('Wifi Internal Error',)"
_UNKNOWN, _AP = "ValueError('unknown config param',)", "OSError('AP required',)"
ROWS: Rows = {
    "constants": [0, 1, 0, 1, 2, 1000, 1001, 1010, 202, 201, 200],
    "interface": ["ValueError('invalid WLAN interface identifier',)", False],
    "not-started": [_NOT_STARTED, _NOT_STARTED, "OSError('STA must be active',)", "OSError('Wifi Not Connected',)"],
    "active": [False, True, True, True, 1000],
    "disconnect-while-idle": [None, 1000],
    "config-defaults": [1, -1, "", 20],
    "config-set": [0, 3],
    "config-faults": [
        *[_UNKNOWN] * 2,
        "TypeError('either pos or kw args are allowed',)",
        *["TypeError('can query only one param',)"] * 2,
        *[_AP] * 2,
    ],
    "mac": 6,
    "status-faults": "ValueError('unknown status param',)",
    "connecting": [1001, False, _INTERNAL, _INTERNAL, []],
    "connected": [1010, -58, "shop", "192.168.4.23"],
    "connect-while-connected": [None, False, _INTERNAL],
    "disconnected": [1000, False, "0.0.0.0", "OSError('Wifi Not Connected',)"],
    "switched-off": [False, 1000, True, 1000],
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    with new_board(tmp_path_factory.mktemp("radio")) as board:
        return told(board, _CALLS)


@pytest.mark.parametrize("name", ROWS)
def test_row(rows: Rows, name: str) -> None:
    assert rows[name] == ROWS[name]


_WATCH = """
import network, time
w = network.WLAN()
w.active(True)
w.config(reconnects=%d)
w.connect("shop", "correct horse")
last = None
while True:
    now = w.status()
    if now != last:
        print("STATUS", now, w.isconnected(), time.ticks_ms())
    last = now
    time.sleep_ms(100)
"""


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[..., Board]]:
    boards: list[Board] = []

    def start(reconnects: int = 0) -> Board:
        boards.append(new_board(tmp_path, _WATCH % reconnects))
        return boards[-1]

    yield start
    for board in boards:
        board.close()


def statuses(board: Board, ms: int) -> list[int]:
    board.run(ms)
    return [int(line.split()[1]) for line in board.serial.decode().splitlines() if line.startswith("STATUS")]


def test_no_access_point(watch: Callable[..., Board]) -> None:
    """201 is shown even while the station goes on trying."""
    for reconnects in (0, -1):
        board = watch(reconnects)
        board.wifi.is_up = False
        board.power_on()
        assert statuses(board, 9000) == [1001, 201]
        board.wifi.is_up = True
        assert statuses(board, 8000) == ([1001, 201] if reconnects == 0 else [1001, 201, 1010])


@pytest.mark.parametrize(
    ("reasons", "seen"), [((202,), [1001, 202]), ((15,), [1001, 15]), ((204,), [1001, 204]), ((205,), [1001, 202])]
)
def test_wrong_key(watch: Callable[..., Board], reasons: tuple[int, ...], seen: list[int]) -> None:
    """A refused key has several faces; 205 is shown as 202."""
    board = watch()
    board.wifi.psk, board.wifi.key_reasons = "another", reasons
    board.power_on()
    assert statuses(board, 8000) == seen


def test_wrong_key_with_reconnects_shows_no_15(watch: Callable[..., Board]) -> None:
    """A reason that is none of the chosen ones is "connecting" until the attempts are used up."""
    board = watch(2)
    board.wifi.psk, board.wifi.key_reasons = "another", (15, 15, 2)
    board.power_on()
    assert statuses(board, 20_000) == [1001, 2]


def test_reconnects_are_counted(watch: Callable[..., Board]) -> None:
    """reconnects=2 is three attempts; each one in vain takes a scan."""
    board = watch(2)
    board.power_on()
    statuses(board, 4000)
    board.wifi.drop()
    assert statuses(board, 4000) == [1001, 1010, 1001, 1010]
    board.wifi.is_up = False
    assert statuses(board, 20_000)[4:] == [1001, 201]


def test_thrown_out_without_reconnects_shows_the_reason(watch: Callable[..., Board]) -> None:
    board = watch()
    board.power_on()
    statuses(board, 4000)
    board.wifi.drop(reason=7)
    assert statuses(board, 1000) == [1001, 1010, 7]


def test_lost_beacons(watch: Callable[..., Board]) -> None:
    """Six seconds of silence; a shorter gap is not noticed."""
    board = watch()
    board.power_on()
    statuses(board, 4000)
    board.wifi.is_up = False
    statuses(board, 3000)
    board.wifi.is_up = True
    assert statuses(board, 8000) == [1001, 1010]
    board.wifi.is_up = False
    assert statuses(board, 7000) == [1001, 1010, 200]


@pytest.mark.parametrize(("dhcp_ms", "seen"), [(8000, [1001, 1010]), (DHCP_NEVER, [1001])])
def test_dhcp_slow_or_never(watch: Callable[..., Board], dhcp_ms: int, seen: list[int]) -> None:
    """Associated without an address is still "connecting"; the signal can be read."""
    board = watch()
    board.wifi.dhcp_ms = dhcp_ms
    board.power_on()
    assert statuses(board, 5000) == [1001]
    assert board.wifi.status(1) == board.wifi.rssi
    assert statuses(board, 8000) == seen


def test_a_signal_too_weak_is_no_signal(watch: Callable[..., Board]) -> None:
    board = watch()
    board.wifi.rssi = -97
    board.power_on()
    assert statuses(board, 5000) == [1001, 201]


def test_reasons_stay_until_an_address_is_had(watch: Callable[..., Board]) -> None:
    """The port's status() while a second connect() is under way."""
    board = watch()
    board.wifi.is_up = False
    board.power_on()
    statuses(board, 5000)
    board.wifi.is_up = True
    assert board.wifi.connect(b"shop\0correct horse") == 0
    assert board.wifi.status(0) == 201
    board.run(100)
    board.wifi.disconnect()
    assert board.wifi.status(0) == 1000
    board.wifi.connect(b"")
    assert statuses(board, 4000)[-1] == 1010


def test_scan_finds_the_neighbours_strongest_first(tmp_path: Path) -> None:
    with new_board(tmp_path) as board:
        board.wifi.others = [Network("far", 11, -90), Network("next door", 1, -40, security=0)]
        found = told(
            board,
            """
            import network, time
            w = network.WLAN(); w.active(True)
            a = time.ticks_ms(); places = w.scan(); row("ms", time.ticks_diff(time.ticks_ms(), a))
            row("places", [[str(p[0], "utf-8"), len(p[1]), p[2], p[3], p[4], p[5]] for p in places])
            """,
        )
    assert found == {
        "ms": 2400,
        "places": [["next door", 6, 1, -40, 0, False], ["shop", 6, 6, -58, 3, False], ["far", 6, 11, -90, 3, False]],
    }
