# SPDX-License-Identifier: MIT
"""What scripts are played on: a shop of its own with host, or a board that somebody has provisioned before.

Invariant: the shop lives in the board's virtual time, its host too, so that a script gives the same screens every time.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from tools.emulator import Board
from tools.errors import RefusedError
from tools.host.settings import Settings
from tools.play.tongues import FIRST, reads
from tools.rig import Rig, new_host

TID: Final = "10000001"
MORNING: Final = datetime(2026, 3, 2, 0, 55, tzinfo=UTC)  # 08:55 in the shop
NOTICES: Final = {
    FIRST: ("今日通知", "今晚23:00至24:00主机维护，请在22:45前签退。维护期间不能收款。"),
    "en": ("Notice", "Maintenance tonight 23:00-24:00. Sign out by 22:45. No sales then."),
}

_AT_ONCE: Final = Settings(hold_max_s=0)  # what the host waits would be real seconds, the board's are not

Address = tuple[str, int]


class _ShopClock:
    """The host's time: the board's, once there is one."""

    def __init__(self) -> None:
        self.board: Board | None = None

    def __call__(self) -> datetime:
        return self.board.now if self.board else MORNING


@contextmanager
def shop(folder: Path, language: str = FIRST) -> Iterator[Rig]:
    """A freshly flashed and provisioned terminal, switched off, and a running host with the day's notice for it.

    Scripts are written with the words of 简体中文 whatever `language` the terminal speaks.
    """
    clock = _ShopClock()
    with closing(new_host(folder, clock, _AT_ONCE)) as host:
        host.start()
        with Rig(folder, host, TID, clock=MORNING) as rig:
            clock.board = rig.board
            rig.provisioned(language)
            rig.player.reads = partial(reads, language=language)
            host.enrolment.notice(*NOTICES[language], tid=TID, must_confirm=True)
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
