# SPDX-License-Identifier: MIT
"""What the measurements start from: a running host, boards freshly flashed and provisioned, and the way to sign in.

Everything is in one scratch folder and closed with it.
"""

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tools.emulator import Board, flash_image, rpc
from tools.emulator.ocr import read_icons
from tools.emulator.script import Player
from tools.provision import Site, provision
from tools.rig import CASHIER, HOST_ADDRESS, MID, new_host

LOCKED: Final = "power on\nwait 1 s\nasleep\npower hold 1600\nexpect 请签到"
ASKED_FOR_PIN: Final = f"press ENTER\nexpect 操作员号\ntype {CASHIER.number}\npress ENTER\npress 1 ENTER\nexpect 密码"
_PATIENCE_MS: Final = 20_000
_OPEN: Final = {"link2", "link3", "link4"}


class Stand:
    """One host; `board()` puts another terminal on the stand."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.host = self._stack.enter_context(new_host(self.folder))
        self._count = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def bare(self, files: Mapping[str, bytes]) -> Board:
        """A board with these files instead of the firmware, switched off."""
        self._count += 1
        return self._stack.enter_context(Board(flash_image(self.folder / f"bare-{self._count}", files)))

    def board(self, files: Mapping[str, bytes] | None = None) -> Board:
        """A provisioned terminal of its own number, switched off; `files` as of `flash_image`."""
        self._count += 1
        tid = f"{10_000_000 + self._count}"
        identity = self.host.enrolment.terminal(tid, MID, f"E32-{tid}")
        board = self._stack.enter_context(Board(flash_image(self.folder / tid, files)))
        board.link.route(HOST_ADDRESS, ("127.0.0.1", self.host.port))
        provision(board, identity, Site(board.wifi.ssid, board.wifi.psk, *HOST_ADDRESS), board.now)
        return board


def play(board: Board, script: str) -> None:
    Player(board).play(script)


def wait_linked(board: Board) -> None:
    """Until the status row says that the way to the host is open."""
    if not board.run_until(lambda: bool(_OPEN.intersection(read_icons(board.panel.pixels))), _PATIENCE_MS):
        raise RuntimeError("the link did not come up")


def word_factor() -> int:
    """1 where objects have the ESP32's size, 2 on a 64-bit interpreter."""
    return rpc.word_bits(tuple(rpc.find_interpreter())) // 32
