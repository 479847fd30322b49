# SPDX-License-Identifier: MIT
"""One terminal on the bench: its flash file, its board in real time, and the hand that does things to it.

Everything asked of a terminal is queued and done in its own thread, in order. Invariant: the board's flash file is
open in one board at a time.
"""

from __future__ import annotations

import codecs
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tools.emulator import Board, BoardError, flash_image, ocr
from tools.emulator.live import LiveBoard
from tools.errors import RefusedError
from tools.host.clock import Clock
from tools.rig import HOST_ADDRESS
from tools.sim.finger import Finger
from tools.sim.hub import LOG, Hub
from tools.sim.view import Eye, View, unpacked

WIFI: Final = {"on": (True, -52, 40), "weak": (True, -88, 600), "off": (False, -52, 40)}
"""Is the access point up, its strength in dBm, the round trip to the host in ms."""
VOLTS: Final = (3.0, 4.2)
_UTF8: Final = codecs.getincrementaldecoder("utf-8")
Prepare = Callable[[Board], None]


def _shown(path: Path) -> str:
    """As one would type it here."""
    return str(path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path)


class TroubleError(Exception):
    """Something could not be done; the code has words on the page, the text is for the log."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or code)
        self.code = code


class Terminal:
    """Off and without a board until `start`."""

    def __init__(self, tid: str, flash: Path, hub: Hub, clock: Clock, pace: float = 1.0) -> None:
        self.tid = tid
        self.flash = flash
        self._hub = hub
        self._clock = clock
        self._pace = pace
        self._hand = ThreadPoolExecutor(1, f"terminal-{tid}")
        self._board: Board | None = None
        self._live: LiveBoard | None = None
        self._finger: Finger | None = None
        self._eye = Eye()
        self._view: View | None = None
        self._wifi = "on"
        self._ears = _UTF8(errors="replace")
        self._looking: Future[None] | None = None
        self._lives = 0
        self._standing = self._read = ""

    # From any thread.

    def post(self, action: Callable[[], None]) -> Future[None]:
        """Do it when everything asked before has been done; what goes wrong is told to the pages."""
        return self._hand.submit(self._attempt, action)

    def look_soon(self) -> None:
        """Tell the pages what time alone has changed, such as the rhythm of the light."""
        if self._live is not None and (self._looking is None or self._looking.done()):
            self._looking = self.post(lambda: self._call(lambda _board: None))

    def read_soon(self) -> None:
        """Tell the pages the words on the panel, once they stand still: for those who cannot see it."""
        bits = self._view.bits if self._view is not None else ""
        if bits and bits == self._standing and bits != self._read:
            self._read = bits
            self._hub.tell("words", self.tid, rows=ocr.read_rows(unpacked(b64decode(bits))))
        self._standing = bits

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except TroubleError as trouble:
            if self._live is None:
                self._hub.tell("terminal", self.tid, **asdict(View()))
            self._hub.tell("trouble", self.tid, code=trouble.code, text=str(trouble))
        except (BoardError, RefusedError, OSError, ValueError) as fault:
            line = (str(fault) or type(fault).__name__).splitlines()[0]
            if self._live is None:  # it did not even start: there is a tab all the same, to make it new from
                self._hub.tell("terminal", self.tid, **asdict(View(fault=line)))
            else:
                self._hub.tell("trouble", self.tid, code="board", text=line)

    def close(self) -> None:
        """Pull the plug, and wait for it."""
        self._hand.submit(self.stop).result()
        self._hand.shutdown()

    # In the terminal's own thread, through post().

    def start(self, host_port: int, prepare: Prepare | None = None) -> None:
        """Put the flash into a board, do `prepare` with it switched off, connect its battery."""
        board = self._board = Board(self.flash, clock=self._clock())
        board.link.route(HOST_ADDRESS, ("127.0.0.1", host_port))
        if prepare is not None:
            prepare(board)
        self._finger, self._eye, self._view, self._ears = Finger(board), Eye(), None, _UTF8(errors="replace")
        self._set_wifi(board, self._wifi)
        link = self.flash.with_suffix(".tty")
        live = LiveBoard(board, self._pace, link)
        live.on_change(self._show)
        live.start()
        live.on_serial(self._hear)
        self._live = live
        self._lives += 1
        self._hub.tell(LOG, self.tid, text="", is_new=True)
        self._hub.tell("port", self.tid, path=_shown(link), life=self._lives)
        self._call(lambda board: board.power_on())

    def stop(self) -> None:
        if self._live is not None:
            self._live.close()
        if self._board is not None:
            self._board.close()
        self._live = self._board = None

    def reflash(self, host_port: int, prepare: Prepare | None = None) -> None:
        """The board as it comes from the factory: all of its flash made anew."""
        self.stop()
        fresh = flash_image(self.flash.with_suffix(".new"))
        fresh.chmod(0o600)  # keys will be in it
        fresh.replace(self.flash)
        self.start(host_port, prepare)

    def down(self, name: str) -> None:
        self._call(lambda _board: self._fingers.down(name))

    def up(self, name: str) -> None:
        self._call(lambda _board: self._fingers.up(name))

    def lift(self) -> None:
        """Take the hand away."""
        self._call(lambda _board: self._fingers.lift_all())

    def set_volts(self, volts: float) -> None:
        low, high = VOLTS
        self._call(lambda board: setattr(board.battery, "volts", min(max(volts, low), high)))

    def set_wifi(self, mode: str) -> None:
        self._call(lambda board: self._set_wifi(board, mode))

    def _set_wifi(self, board: Board, mode: str) -> None:
        self._wifi = mode
        board.wifi.is_up, board.wifi.rssi, board.link.latency_ms = WIFI[mode]

    def set_power(self, is_on: bool) -> None:
        """Connect the battery, or cut the power at this very moment."""
        self._call(lambda board: self._set_power(board, is_on))

    def _set_power(self, board: Board, is_on: bool) -> None:
        if is_on and not board.is_powered:
            board.power_on()
        elif not is_on and board.is_powered:
            self._fingers.lift_all()
            board.cut_power()

    def type_line(self, line: str) -> None:
        """A line on the serial console, ended as a terminal program does."""
        self._call(lambda board: board.type_serial(line.encode() + b"\r\n"))

    def pixels(self) -> list[list[int]]:
        if self._live is None:
            raise TroubleError("absent", f"terminal {self.tid} has no board")
        return self._live.call(lambda board: board.panel.pixels)

    # In the board's thread.

    @property
    def _fingers(self) -> Finger:
        if self._finger is None:
            raise TroubleError("absent", f"terminal {self.tid} has no board")
        return self._finger

    def _call(self, action: Callable[[Board], object]) -> None:
        def act(board: Board) -> None:
            action(board)
            self._show(board)

        if self._live is None:
            raise TroubleError("absent", f"terminal {self.tid} has no board")
        self._live.call(act)

    def _show(self, board: Board) -> None:
        fault = self._live.fault if self._live is not None else ""
        view = self._eye.look(board, self._fingers.held, self._wifi, fault)
        if fields := view.changes(self._view):
            self._view = view
            self._hub.tell("terminal", self.tid, **fields)

    def _hear(self, data: bytes) -> None:
        if text := self._ears.decode(data).replace("\r", ""):
            self._hub.tell(LOG, self.tid, text=text, is_new=False)
