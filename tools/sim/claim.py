# SPDX-License-Identifier: MIT
"""The folder in which a shop lasts: one server at a time has it, and it can be emptied.

Invariant: what is removed are our own files only.
"""

import fcntl
import shutil
from pathlib import Path
from typing import IO, Final

FLASH: Final = ".flash"
_MARK: Final = "server"


class BusyError(Exception):
    """Another server has the folder; the text says where."""


class Claim:
    """Holds the folder until `release`, or until the process ends however it does."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._mark: IO[str] = (folder / _MARK).open("a+")
        try:
            fcntl.flock(self._mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._mark.seek(0)
            raise BusyError(self._mark.read().strip()) from None
        self._mark.truncate(0)
        self._mark.write(url)
        self._mark.flush()

    def clear(self) -> None:
        """Everything new: the host's books and keys, and every terminal."""
        for path in [*self._folder.glob("*" + FLASH), *self._folder.glob("host.*")]:
            path.unlink()
        shutil.rmtree(self._folder / "pki", ignore_errors=True)

    def release(self) -> None:
        self._mark.close()
