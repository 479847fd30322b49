# SPDX-License-Identifier: MIT
"""lib/tcp on the chip: a connection or its error, and no socket that nobody knows of any more."""

import errno

import pytest

from tools.emulator import Board
from tools.emulator.image import ROOT

from .conftest import MakeBoard
from .echo import EchoHost
from .test_link import said

_TRIES = 10  # more than there are sockets
_PROGRAM = """
import asyncio, network, tcp, time
wlan = network.WLAN(network.STA_IF)
wlan.active(True)
if IS_JOINED:
    wlan.connect("shop", "correct horse")
    while not wlan.isconnected():
        time.sleep_ms(50)
async def main():
    for _ in range(TRIES):
        way = None
        try:
            way = await tcp.connect("10.0.0.5", 5000, 1000)
            way.write(b"one")
            await asyncio.sleep_ms(200)
            print(way.read(3))
        except asyncio.TimeoutError:
            print("timeout")
        except OSError as fault:
            print(fault.errno)
        if way:
            way.close()
asyncio.run(main())
print("end")
"""


def _board(make_board: MakeBoard, host: EchoHost, is_joined: bool) -> Board:
    main = _PROGRAM.replace("IS_JOINED", str(is_joined)).replace("TRIES", str(_TRIES))
    board = make_board(main=main, files={"lib/tcp.py": (ROOT / "lib" / "tcp.py").read_bytes()})
    board.link.route(("10.0.0.5", 5000), host.address)
    board.link.patience_s = 1.0
    board.power_on()
    return board


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        ("", "b'eno'"),
        ("not joined", str(errno.EHOSTUNREACH)),
        ("refused", str(errno.ECONNRESET)),
        ("silence", "timeout"),
    ],
)
def test_p4_a_way_again_and_again(make_board: MakeBoard, trouble: str, outcome: str) -> None:
    """P4: each try ends in the same way, and none keeps its socket."""
    with EchoHost() as host:
        board = _board(make_board, host, trouble != "not joined")
        board.link.is_refusing = trouble == "refused"
        board.link.swallow = "both" if trouble == "silence" else ""
        assert said(board) == _TRIES * [outcome]
        assert board.link.open_connections() == []
