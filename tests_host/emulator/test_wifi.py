# SPDX-License-Identifier: MIT
"""network.WLAN: statuses, reasons and errors of ports/esp32/network_wlan.c."""

from tools.emulator import Board

from .conftest import MakeBoard, run

STATION = """
    import network, time
    wlan = network.WLAN(network.STA_IF)
    def said():
        return wlan.status()
    wlan.active(True)
    wlan.config(reconnects=0, pm=network.WLAN.PM_NONE)
    wlan.connect({ssid!r}, {key!r})
    last = None
    for _ in range(1000):
        now = said()
        if now != last:
            print(now, wlan.isconnected(), wlan.ifconfig()[0])
            last = now
        time.sleep_ms(100)
"""


def statuses(board: Board) -> list[str]:
    return [line for line in board.serial.decode().splitlines() if line[:1].isdigit()]


def started(make_board: MakeBoard, ssid: str = "shop", key: str = "correct horse") -> Board:
    board = make_board(main=STATION.format(ssid=ssid, key=key))
    board.power_on()
    return board


def test_connecting_takes_a_second_or_two(make_board: MakeBoard) -> None:
    board = started(make_board)
    board.run(1300)
    assert statuses(board) == ["1001 False 0.0.0.0"]
    board.run(1500)
    assert statuses(board)[1:] == ["1010 True 192.168.4.23"]
    assert board.wifi.power_save == 0


def test_no_access_point_and_wrong_key(make_board: MakeBoard) -> None:
    """S3, P4: the reasons that a screen has to explain."""
    lost, wrong = started(make_board, ssid="other"), started(make_board, key="wrong")
    lost.run(5000)
    wrong.run(5000)
    assert statuses(lost)[1:] == ["201 False 0.0.0.0"]
    assert statuses(wrong)[1:] == ["202 False 0.0.0.0"]


def test_lost_beacons_show_after_six_seconds(make_board: MakeBoard) -> None:
    board = started(make_board)
    board.run(5000)
    board.wifi.is_up = False
    board.run(5000)
    assert len(statuses(board)) == 2
    board.run(2000)
    assert statuses(board)[2] == "200 False 0.0.0.0"
    board.wifi.is_up = True
    board.run(5000)
    assert len(statuses(board)) == 3  # reconnects=0: it stays down until told


def test_a_short_gap_is_not_noticed(make_board: MakeBoard) -> None:
    board = started(make_board)
    board.run(5000)
    board.wifi.is_up = False
    board.run(3000)
    board.wifi.is_up = True
    board.run(10_000)
    assert len(statuses(board)) == 2


def test_errors_and_queries(board: Board) -> None:
    output = run(
        board,
        """
            import network, time
            w = network.WLAN(network.STA_IF)
            def failing(f, *a, **k):
                try: print(f(*a, **k))
                except (OSError, ValueError, TypeError) as e: print(type(e).__name__, e)
            failing(w.connect, 'shop', 'correct horse'); failing(w.scan); failing(w.disconnect)
            print(w.status(), w.active(), w.active(True))
            failing(w.connect, 'shop', 'correct horse'); failing(w.connect, 'shop', 'correct horse')
            failing(w.status, 'rssi'); time.sleep(3); failing(w.status, 'rssi'); failing(w.status, 'x')
            failing(w.scan)
            failing(w.config, 'mac'); failing(w.config, 'nonsense'); failing(w.config, 'pm', pm=0)
            failing(w.ipconfig, 'addr4'); w.disconnect(); print(w.status())
            w.active(False); print(w.status(), w.active())
        """,
    )
    assert output.splitlines() == [
        "OSError Wifi Not Started",
        "OSError STA must be active",
        "OSError Wifi Not Started",
        "1000 False True",
        "None",
        "OSError Wifi Internal Error",
        "OSError Wifi Not Connected",
        "-58",
        "ValueError unknown status param",
        "[(b'shop', b'\\x02\\xa0\\xb1\\xc2\\xd3\\xe4', 6, -58, 3, False)]",
        "b'$\\n\\xc4\\x00\\x00\\x00'",
        "ValueError unknown config param",
        "TypeError either pos or kw args are allowed",
        "('192.168.4.23', '255.255.255.0')",
        "1000",
        "1000 False",
    ]
