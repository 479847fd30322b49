# SPDX-License-Identifier: MIT
"""`Prompt`: the raw REPL of an emulated board in virtual time, spoken to as at a bench: Ctrl-C, soft reset, raw paste.

What runs out of memory here does so at the bench too, whatever else the machine is doing.
"""

from __future__ import annotations

from tools.emulator import Board
from tools.errors import RefusedError

_RAW = b"raw REPL; CTRL-B to exit\r\n>"
_PASTE, _YES, _MORE, _END = b"\x05A\x01", b"R\x01", b"\x01", b"\x04"
_WAIT_MS = 60_000


class Prompt:
    """A `tools.provision.Transport`. The board runs a program that lets itself be interrupted."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._read = len(board.serial)
        self._say(b"\r\x03\x03\r\x01", _RAW)
        self._say(_END, b"soft reboot\r\n")
        self._await(_RAW)

    def _await(self, words: bytes) -> bytes:
        """What the board says up to these words and with them."""
        board = self._board
        assert board.run_until(lambda: words in board.serial[self._read :], _WAIT_MS), board.serial[self._read :]
        start, self._read = self._read, board.serial.index(words, self._read) + len(words)
        return board.serial[start : self._read]

    def _say(self, data: bytes, words: bytes) -> bytes:
        self._board.type_serial(data)
        return self._await(words)

    def exec(self, code: str) -> str:
        """What a snippet printed; RefusedError with the last line of its traceback."""
        source = code.encode()
        self._say(_PASTE, _YES)
        self._board.run(10)
        size = int.from_bytes(self._board.serial[self._read : self._read + 2], "little")
        self._read += 3  # a window of so many bytes, and leave to send the first
        for at in range(0, len(source), size):
            self._board.type_serial(source[at : at + size])
            if at + size <= len(source):
                self._await(_MORE)
        self._say(_END, _END)
        output, fault = self._await(_END)[:-1], self._await(_END + b">")[:-2]
        if fault:
            raise RefusedError(fault.decode().strip().splitlines()[-1])
        return output.decode().replace("\r\n", "\n")
