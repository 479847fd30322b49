# SPDX-License-Identifier: MIT
"""A pty that stands for a board's serial port: raw, without echo, usable by one program after the other.

Nothing here waits.  While nobody has the port open, what is written is lost, as on a cable that hangs free; a reader
that does not read loses what does not fit.
"""

from __future__ import annotations

import errno
import os
import select
import termios
import tty
from pathlib import Path

from tools.errors import RefusedError

_BACKLOG = 1 << 18  # bytes kept for a slow reader
_CHUNK = 4096


class Port:
    """`link`: a symbolic link to the pty, removed with it."""

    def __init__(self, link: Path | None = None) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = Path(os.ttyname(slave))
        os.close(slave)
        os.set_blocking(self._master, False)
        self._backlog = bytearray()
        self.is_open = False
        self.lost = 0
        """Bytes that a reader was too slow for."""
        self._link = link
        if link is not None:
            self._make_link(link)

    def _make_link(self, link: Path) -> None:
        try:
            if link.is_symlink():
                link.unlink()
            link.symlink_to(self.path)
        except OSError as fault:
            self._link = None
            self.close()
            raise RefusedError(f"{link}: {fault.strerror}; choose another --link") from None

    def close(self) -> None:
        os.close(self._master)
        if self._link is not None and self._link.is_symlink() and self._link.readlink() == self.path:
            self._link.unlink()

    @property
    def fd(self) -> int:
        """To wait for input on, while the port is open."""
        return self._master

    @property
    def is_full(self) -> bool:
        """Output waits for the reader."""
        return bool(self._backlog)

    def look(self) -> bool:
        """Find out whether somebody has the port open; True when it has been closed since the last time."""
        poll = select.poll()
        poll.register(self._master, 0)
        was_open, self.is_open = self.is_open, not poll.poll(0)
        if was_open and not self.is_open:
            self._backlog.clear()
            self._flush_slave()
        return was_open and not self.is_open

    def _flush_slave(self) -> None:
        """What the last user left unread is not for the next one."""
        slave = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        try:
            termios.tcflush(slave, termios.TCIFLUSH)
            tty.setraw(slave)
        finally:
            os.close(slave)

    def read(self) -> bytes:
        """What has been written into the port; also what its last user wrote before closing it."""
        try:
            return os.read(self._master, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as fault:
            if fault.errno != errno.EIO:
                raise
            return b""  # nobody has it open

    def write(self, data: bytes) -> None:
        if not self.is_open:
            return
        self._backlog += data
        self.flush()
        if len(self._backlog) > _BACKLOG:
            self.lost += len(self._backlog) - _BACKLOG
            del self._backlog[_BACKLOG:]

    def flush(self) -> None:
        """Pass on what the reader has room for."""
        while self._backlog:
            try:
                count = os.write(self._master, self._backlog[:_CHUNK])
            except (BlockingIOError, OSError):
                return
            del self._backlog[:count]
