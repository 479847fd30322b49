# SPDX-License-Identifier: MIT
"""What a sign-in costs between the PIN's ENTER and 签到成功: exchanges, bytes on the link, bytes on the display bus.

The reference of the link is the same sign-in on another terminal whose connection was lost just before ENTER.
"""

import logging
from typing import Final

from tools.bench.figure import Figure, rounded
from tools.bench.stand import ASKED_FOR_PIN, LOCKED, Stand, play, wait_linked
from tools.emulator import Board
from tools.rig import CASHIER

_FRAME: Final = """
import machine
from firmware.board import PROFILES
from ssd1306 import SSD1306
wiring = PROFILES["reference"]
scl, sda, hertz = wiring["i2c"]
bus = machine.I2C(0, scl=machine.Pin(scl), sda=machine.Pin(sda), freq=hertz)
panel = SSD1306(bus, wiring["display"])
panel.init()
panel.fill(0)
panel.show()
print("mark")
panel.fill(1)
panel.show()
"""
_DONE: Final = f"type {CASHIER.pin}\npress ENTER\nexpect 签到成功"


class _Requests(logging.Handler):
    """Counts what the host's log says it answered."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += "STAN" in str(record.msg)

    def __enter__(self) -> "_Requests":
        self._logger = logging.getLogger("qiandao.host")
        self._before = self._logger.level
        self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        self._logger.removeHandler(self)
        self._logger.setLevel(self._before)


def _before_pin(stand: Stand) -> Board:
    board = stand.board()
    play(board, LOCKED)
    wait_linked(board)
    play(board, ASKED_FOR_PIN)
    return board


def _link_bytes(board: Board) -> int:
    return board.link.bytes_up + board.link.bytes_down


def frame_bytes(stand: Stand) -> int:
    """What a full frame takes on the bus: the same snippet with one frame more and without."""
    board = stand.board()
    sizes = []
    for code in (_FRAME, _FRAME.partition('print("mark")')[0]):
        before = board.panel.bytes_received
        board.exec(code)
        sizes.append(board.panel.bytes_received - before)
    return sizes[0] - sizes[1]


def _with_handshake(stand: Stand) -> int:
    board = _before_pin(stand)
    board.link.reset_connections()
    before = _link_bytes(board)
    play(board, _DONE)
    return _link_bytes(board) - before


def measure(stand: Stand) -> list[Figure]:
    board = _before_pin(stand)
    bus = board.panel.bytes_received
    play(board, f"type {CASHIER.pin}")
    per_digit = (board.panel.bytes_received - bus) / len(CASHIER.pin)
    before = _link_bytes(board)
    with _Requests() as requests:
        play(board, "press ENTER\nexpect 签到成功")
    sign_in = _link_bytes(board) - before
    return [
        Figure("signin_exchanges", requests.count, "exchanges", "one exchange (S2)", 1, is_limit=True),
        Figure("signin_bytes", sign_in, "bytes", "the same with a TLS handshake first", _with_handshake(stand)),
        Figure(
            "i2c_bytes_per_pin_digit",
            rounded(per_digit),
            "bytes",
            "an eighth of a full frame",
            frame_bytes(stand) / 8,
            is_limit=True,
        ),
    ]
