# SPDX-License-Identifier: MIT
"""Ways to run a snippet on a board: each is a context manager that gives a `tools.provision.Transport`.

An emulated board that is off here, a serial port in `tools.serial_board`, with the same two promises: `exec` returns
what was printed, and everything that fails is a RefusedError with a reason for the person at the bench.
"""

import fcntl
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from tools.emulator import Board, BoardError, flash_image
from tools.errors import RefusedError
from tools.serial_board import SerialBoard


def _reason(fault: BoardError) -> str:
    """The last line of the board's traceback; the rest says nothing at the bench."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return lines[-1] if lines else "no answer"


class EmulatedBoard:
    """The board in a flash file. A new file that comes to nothing is removed again."""

    def __init__(self, flash: Path, is_new: bool) -> None:
        self._flash = flash
        self._is_new = is_new
        self._board: Board | None = None
        self._lock: BinaryIO | None = None

    def __enter__(self) -> Self:
        try:
            if self._is_new:
                flash_image(self._flash).chmod(0o600)  # keys will be in it
            self._lock = self._flash.open("rb")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._board = Board(self._flash, clock=datetime.now(UTC))
        except BlockingIOError:
            raise RefusedError(f"{self._flash} is in use: a board runs on it; use its port (--serial)") from None
        except OSError as fault:
            raise RefusedError(f"{self._flash}: {fault.strerror}") from None
        except ValueError as fault:
            raise RefusedError(str(fault)) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._board is not None:
            self._board.close()
        if self._lock is not None:
            self._lock.close()
        if self._is_new and error is not None:
            self._flash.unlink(missing_ok=True)

    def exec(self, code: str) -> str:
        assert self._board is not None
        try:
            return self._board.exec(code)
        except BoardError as fault:
            raise RefusedError(f"the board refused: {_reason(fault)}") from None


def open_board(serial: str, flash: Path | None, is_new: bool = False) -> "SerialBoard | EmulatedBoard":
    """The board at a port, or the one in a flash file."""
    if serial:
        return SerialBoard(serial)
    assert flash is not None
    return EmulatedBoard(flash, is_new)
