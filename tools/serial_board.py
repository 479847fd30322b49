# SPDX-License-Identifier: MIT
"""`SerialBoard`: runs snippets and moves files on a board at a serial port, real or emulated, through its REPL.

Invariant: nothing is interrupted before it is known to be open to it. The terminal is asked `@status` first: "open"
and "service" take Ctrl-C, "bench" is asked for `@service`, "counter" is left alone. Silence means a bare board or one
at its REPL. Everything that fails is a RefusedError.
"""

import contextlib
import errno
import posixpath
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

import serial
from mpremote.transport import TransportExecError

from tools.errors import RefusedError
from tools.serial_line import SILENCE, Answer, SerialLine, StalledError, refusal

Progress = Callable[[int, int], None]
"""Told (done, total)."""

_STATUS_S: Final = 1.5
_NOISE_S: Final = 6.0  # longest wait for an answer while other lines arrive: the board is starting
_REPL_SIGNS: Final = (b">>>", b"@status", b"raw REPL")  # a prompt, or our own words echoed
_REPL_S: Final = 3.0
_REPL_TRIES: Final = 3
_SERVICE_S: Final = 12.0  # from `@service` to the REPL: the terminal restarts
_SERVICE_WORDS: Final = "service mode"  # printed by firmware.service_screen
_EXEC_S: Final = 40.0  # longest silence: a worn flash takes 0.4 s for each of 64 erases
_FRESH: Final = ".new"
_CHUNK: Final = 512  # bytes of a file in one snippet
_RESET: Final = "import machine, time\ntime.sleep_ms(50)\nmachine.reset()"
_LIST: Final = """
import os
def walk(path):
    for entry in os.ilistdir(path or "/"):
        name = path + "/" + entry[0]
        if entry[1] == 0x4000:
            walk(name)
        else:
            print(entry[3], name)
walk({path!r})
"""
_FOLDER: Final = """
import os
try:
    os.mkdir({path!r})
except OSError as fault:
    if fault.errno != 17:
        raise
"""
_DISK: Final = {errno.ENOENT: "no such file", errno.ENOSPC: "the board's file system is full"}


class InServiceError(RefusedError):
    """The terminal `tid` works and does not go to its REPL now."""

    def __init__(self, words: str, tid: str) -> None:
        super().__init__(words)
        self.tid = tid


class SerialBoard:
    """At the REPL from `__enter__` on. `restart`: reset at the end, so that the application starts.

    `clean`: a soft reset first, so that snippets have the whole heap; boot.py runs then, main.py does not.
    `status` is what the firmware's console said before, None if it said nothing.
    """

    def __init__(self, port: str, restart: bool = True, clean: bool = True) -> None:
        self.port = port
        self.status: Answer | None = None
        self._restart = restart
        self._clean = clean
        self._line: SerialLine | None = None

    def __enter__(self) -> Self:
        self._line = SerialLine(self.port)
        try:
            self._reach_repl(self._line)
        except BaseException:
            self._line.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(RefusedError):
            self._leave()
        self.line.close()

    @property
    def line(self) -> SerialLine:
        """The port itself: for the firmware's console after `reset`."""
        assert self._line is not None
        return self._line

    # To the REPL and back.

    def _reach_repl(self, line: SerialLine) -> None:
        self.status = status_of(line)
        level = self.status.get("level") if self.status else None
        if level in (None, "open", "service") and self._is_entered(_REPL_S * _REPL_TRIES):
            return
        if level is not None:  # also a terminal whose settings are damaged: open, but closed to Ctrl-C
            self._ask_service(line, self.status or {})
            _await_service(line)
            if self._is_entered(_SERVICE_S):
                return
        raise RefusedError(f"{self.port}: no REPL; {SILENCE}")

    def _ask_service(self, line: SerialLine, status: Answer) -> None:
        answer = line.ask("service")
        if answer is None:
            raise RefusedError(f"{self.port}: {SILENCE}")
        if not answer.get("ok"):
            raise InServiceError(f"{self.port}: {refusal(answer)}", str(status.get("tid", "")))

    def _is_entered(self, seconds: float) -> bool:
        """Interrupt until the REPL is there, or so many seconds have passed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with self.line.guarded():
                    self.line.transport.enter_raw_repl(soft_reset=self._clean, timeout_overall=_REPL_S)
                return True
            except StalledError:
                continue
        return False

    def _leave(self) -> None:
        if self._restart:
            self.reset()
        elif self.line.transport.in_raw_repl:
            with self.line.guarded():
                self.line.transport.exit_raw_repl()

    def reset(self) -> None:
        """Restart the board as by its button; the application starts and `line` speaks to its console."""
        transport = self.line.transport
        if transport.in_raw_repl:
            with self.line.guarded():
                transport.exec_raw_no_follow(_RESET)
            transport.in_raw_repl = False

    # Snippets.

    def exec(self, code: str, seconds: float = 0.0) -> str:
        """What the snippet printed. `seconds`: longest silence. A fault on the board is its last line, no code."""
        if not self.line.transport.in_raw_repl:
            raise RefusedError(f"{self.port}: the board was restarted and runs its application")
        try:
            with self.line.guarded():
                output, fault = self.line.transport.exec_raw(code, timeout=seconds or _EXEC_S)
        except RefusedError:
            self.line.transport.in_raw_repl = False  # nobody is there to be reset
            raise
        if fault:
            lines = [line.strip() for line in fault.decode("utf-8", "replace").splitlines() if line.strip()]
            raise RefusedError(f"the board refused: {lines[-1] if lines else 'no reason given'}")
        text: str = output.decode("utf-8", "replace")
        return text.replace("\r\n", "\n")

    # Files.

    @contextlib.contextmanager
    def _disk(self, path: str) -> Iterator[None]:
        """As `guarded`; what the board's own file system refuses is told as such."""
        with self.line.guarded():
            try:
                yield
            except serial.SerialException:
                raise
            except TransportExecError as fault:
                lines = fault.error_output.strip().splitlines()
                raise RefusedError(f"{path} on the board: {lines[-1] if lines else 'refused'}") from None
            except OSError as fault:
                if fault.strerror not in (path, path + _FRESH):  # not one that mpremote made of the board's
                    raise
                words = _DISK.get(fault.errno or 0, errno.errorcode.get(fault.errno or 0, "refused"))
                raise RefusedError(f"{path} on the board: {words}") from None

    def put(self, path: str, data: bytes, progress: Progress | None = None) -> None:
        """Write a file, with the folders above it. It replaces an older one whole, or not at all."""
        fresh = path + _FRESH
        for folder in _folders(path):
            self.exec(_FOLDER.format(path=folder))
        with self._disk(path):
            self.line.transport.fs_writefile(fresh, data, chunk_size=_CHUNK, progress_callback=progress)
            self.line.transport.exec(f"import os\nos.rename({fresh!r}, {path!r})")

    def get(self, path: str, progress: Progress | None = None) -> bytes:
        with self._disk(path):
            return bytes(self.line.transport.fs_readfile(path, chunk_size=_CHUNK, progress_callback=progress))

    def list(self, path: str = "") -> dict[str, int]:
        """All files below a folder: full path without the leading slash, size in bytes."""
        found = {}
        for line in self.exec(_LIST.format(path=path.rstrip("/"))).splitlines():
            size, _, name = line.partition(" ")
            found[name.lstrip("/")] = int(size)
        return found

    def remove(self, path: str) -> None:
        with self._disk(path):
            self.line.transport.fs_rmfile(path)

    def digest(self, path: str) -> str:
        """SHA-256 of a file, computed on the board; hexadecimal."""
        with self._disk(path):
            return bytes(self.line.transport.fs_hashfile(path, "sha256", chunk_size=1024)).hex()


def _folders(path: str) -> list[str]:
    """The folders above a path, from the top."""
    folder = posixpath.dirname(path.lstrip("/"))
    parts = folder.split("/") if folder else []
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _await_service(line: SerialLine) -> None:
    """A Ctrl-C before the restarted terminal has read the mark of the service mode would keep it for the next start."""
    for words in line.lines(_SERVICE_S):
        if words.startswith(_SERVICE_WORDS):
            return


def status_of(line: SerialLine) -> Answer | None:
    """The console's status, None when it is silent or a REPL. A board that is starting says other things first: it is
    given time, for a Ctrl-C just then would reach the application before it has closed itself to it."""
    end = time.monotonic() + _NOISE_S
    while True:
        line.recent.clear()
        answer = line.ask("status", seconds=_STATUS_S, tries=1)
        is_repl = any(sign in line.recent for sign in _REPL_SIGNS)
        if answer is not None or is_repl or not line.recent or time.monotonic() >= end:
            return answer
