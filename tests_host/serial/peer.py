# SPDX-License-Identifier: MIT
"""The far end of a serial line, scripted: a console that answers as told, a REPL that runs what a test gives it.

For what a board must not do and hardly ever does: silence, noise, a cable pulled at a chosen byte.
"""

import json
import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from tools.emulator import Board, BoardError

_BANNER: Final = b"raw REPL; CTRL-B to exit\r\n>"
_PROMPT: Final = b"\r\n>>> "

Console = Callable[[str, list[str]], "dict[str, Any] | None"]
Runner = Callable[[str], tuple[str, str]]


class Peer:
    """`console(name, arguments)`, asked while `is_app`, gives an answer or None; `run(code)` gives (output, fault).

    `takes_interrupt`: does Ctrl-C end the application? `cut_after`: bytes taken until the cable is pulled.
    """

    def __init__(
        self,
        console: Console = lambda name, arguments: None,
        run: Runner = lambda code: ("", ""),
        is_app: bool = True,
        takes_interrupt: bool = True,
        cut_after: int | None = None,
    ) -> None:
        self.console, self.run, self.is_app = console, run, is_app
        self.takes_interrupt, self.cut_after = takes_interrupt, cut_after
        self.heard = bytearray()
        self.ran: list[str] = []
        self.after: dict[str, bytes] = {}  # what is said after the answer to a request
        self._is_raw = False
        self._line = bytearray()
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self._slave = slave
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._stop_write)
        self._thread.join()
        self._hang_up()
        os.close(self._stop_read)

    def say(self, data: bytes) -> None:
        os.write(self._master, data)

    def _hang_up(self) -> None:
        if self._master >= 0:
            os.close(self._slave)
            os.close(self._master)
            self._master = -1

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            for byte in os.read(self._master, 4096):
                self.heard.append(byte)
                if self.cut_after is not None and len(self.heard) >= self.cut_after:
                    self._hang_up()
                    return
                self._take(byte)

    def _take(self, byte: int) -> None:
        if self.is_app:
            self._take_as_application(byte)
        elif self._is_raw:
            self._take_raw(byte)
        elif byte == 1:
            self._is_raw = True
            self._line.clear()
            self.say(_BANNER)
        elif byte in (3, 13):
            self.say(_PROMPT)
        else:
            self.say(bytes([byte]))

    def _take_as_application(self, byte: int) -> None:
        if byte == 3 and self.takes_interrupt:
            self.is_app = False
            self.say(b"KeyboardInterrupt: " + _PROMPT)
        elif byte != 10:
            self._line.append(byte)
        else:
            words = self._line.decode("latin-1").split()
            self._line.clear()
            if words and words[0].startswith("@"):
                answer = self.console(words[0][1:], words[1:])
                if answer is not None:
                    self.say(json.dumps({"re": words[0][1:], "ok": True, **answer}).encode() + b"\n")
                    self.say(self.after.get(words[0][1:], b""))

    def _take_raw(self, byte: int) -> None:
        if byte == 1 and self._line == b"\x05A":
            self._line.clear()
            self.say(b"R\x00")  # raw paste is not spoken here
        elif byte == 1:
            self._line.clear()
            self.say(_BANNER)
        elif byte == 2:
            self._is_raw = False
            self.say(_PROMPT)
        elif byte == 3:
            self._line.clear()
        elif byte == 4:
            self._end_of_input()
        else:
            self._line.append(byte)

    def _end_of_input(self) -> None:
        code = self._line.decode()
        self._line.clear()
        if not code.strip():
            self.say(b"OK\r\nMPY: soft reboot\r\n" + _BANNER)
        elif "machine.reset()" in code:
            self._is_raw, self.is_app = False, True
            self.say(b"OK")
        else:
            self.ran.append(code)
            output, fault = self.run(code)
            self.say(b"OK" + output.encode() + b"\x04" + fault.encode() + b"\x04>")


def on_board(flash: Path) -> Runner:
    """Runs what the REPL is given on the emulated board of a flash file, which starts afresh for each snippet."""

    def run(code: str) -> tuple[str, str]:
        try:
            with Board(flash) as board:
                return board.exec(code).replace("\n", "\r\n"), ""
        except BoardError as fault:
            return "", str(fault)

    return run
