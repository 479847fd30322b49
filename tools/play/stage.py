# SPDX-License-Identifier: MIT
"""What scripts are played on: a shop of its own with host, or a board that somebody has provisioned before.

Invariant: the shop lives in the board's virtual time, its host too, so that a script gives the same screens every time.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tools.emulator import Board
from tools.errors import RefusedError
from tools.rig import Rig, new_host

TID: Final = "10000001"
MORNING: Final = datetime(2026, 3, 2, 0, 55, tzinfo=UTC)  # 08:55 in the shop
NOTICE: Final = ("今日通知", "今晚23:00至24:00主机维护，请在22:45前签退。维护期间不能收款。")

Address = tuple[str, int]


class _ShopClock:
    """The host's time: the board's, once there is one."""

    def __init__(self) -> None:
        self.board: Board | None = None

    def __call__(self) -> datetime:
        return self.board.now if self.board else MORNING


@contextmanager
def shop(folder: Path) -> Iterator[Rig]:
    """A freshly flashed and provisioned terminal, switched off, and a running host with the day's notice for it."""
    clock = _ShopClock()
    with closing(new_host(folder, clock)) as host:
        host.start()
        with Rig(folder, host, TID, clock=MORNING) as rig:
            clock.board = rig.board
            rig.provisioned()
            host.enrolment.notice(*NOTICE, tid=TID, must_confirm=True)
            yield rig


@contextmanager
def flashed(flash: Path, routes: list[tuple[Address, Address]], now: Callable[[], datetime]) -> Iterator[Board]:
    """The board in a flash file; `routes` lead from addresses as it sees them to real ones."""
    try:
        board = Board(flash, clock=now())
    except OSError as fault:
        raise RefusedError(f"{flash}: {fault.strerror}") from None
    except ValueError as fault:
        raise RefusedError(str(fault)) from None
    with board:
        for seen, real in routes:
            board.link.route(seen, real)
        yield board
