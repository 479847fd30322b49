# SPDX-License-Identifier: MIT
"""The USB bridge of a development board: bytes between a computer's port and the chip's console or serial loader.

A real bridge's DTR and RTS pull EN and IO0. A pty has none: esptool finds ENOTTY, warns and goes on. So this bridge
does by itself what they are for: esptool's SYNC frame puts the chip into download mode, closing the port presses EN,
also after `--after no-reset`.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tools.emulator.chip import MAC
from tools.emulator.clock import Event
from tools.emulator.flash import PowerCut
from tools.emulator.loader import slip
from tools.emulator.loader.registers import Registers
from tools.emulator.loader.request import Answer, Op, Request
from tools.emulator.loader.rom import Rom
from tools.emulator.loader.spi_chip import SpiChip
from tools.emulator.loader.stub import Stub

if TYPE_CHECKING:
    from tools.emulator.board import Board

SYNC: Final = slip.encode(bytes((0, Op.SYNC, 36, 0, 0, 0, 0, 0, 7, 7, 0x12, 0x20)) + b"\x55" * 32)


class Bridge:
    """`send` takes what the loader answers; everything happens in the board's own time and thread."""

    def __init__(self, board: "Board", send: Callable[[bytes], None]) -> None:
        self._board = board
        self._send = send
        self._held = b""
        self._loader: Rom | None = None
        self._decoder = slip.Decoder()
        self._frames: deque[bytes] = deque()
        self._work: Event | None = None

    @property
    def is_loading(self) -> bool:
        """The chip is in download mode; also after a power cut the mode is over."""
        return self._loader is not None and self._board.state == "download"

    def receive(self, data: bytes) -> None:
        """Bytes from the computer."""
        if self.is_loading:
            self._load(data)
            return
        data = self._held + data
        self._held = b""
        at = data.find(SYNC)
        if at >= 0 and self._board.is_powered:
            self._enter()
            self._load(data[at:])
            return
        kept = next((size for size in range(min(len(SYNC) - 1, len(data)), 0, -1) if data.endswith(SYNC[:size])), 0)
        self._held = data[len(data) - kept :]
        if kept < len(data):
            self._board.type_serial(data[: len(data) - kept])

    def closed(self) -> None:
        """The computer has closed its port: out of download mode, by EN."""
        self._held = b""
        if self.is_loading:
            self._leave()
            self._board.reset_button()

    def _enter(self) -> None:
        self._board.enter_download()
        chip = SpiChip(self._board.flash)
        self._loader = Rom(chip, Registers(chip, MAC))
        self._decoder = slip.Decoder()
        self._frames.clear()
        self._work = None

    def _leave(self) -> None:
        self._loader = None
        self._frames.clear()
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def _load(self, data: bytes) -> None:
        self._frames.extend(self._decoder.feed(data))
        self._next()

    def _next(self) -> None:
        """Serve frames until one takes its time."""
        while self._work is None and self._frames and self.is_loading:
            self._serve(self._frames.popleft())

    def _serve(self, frame: bytes) -> None:
        assert self._loader is not None
        more = self._loader.take_data(frame)
        if more is not None:
            self._send_frames(more)
            return
        request = Request.read(frame)
        if request is None:
            return
        try:
            answer, reply = self._loader.answer(request)
        except PowerCut:
            self._leave()
            self._board.power_off()
            return
        frames = [reply] * answer.repeat + answer.more
        if answer.is_early:
            self._send_frames(frames)
            frames = []
        if answer.cost_us:
            self._work = self._board.clock.after(answer.cost_us, lambda: self._finish(answer, frames))
        else:
            self._become(answer, frames)

    def _finish(self, answer: Answer, frames: list[bytes]) -> None:
        self._work = None
        if self.is_loading:
            self._become(answer, frames)
            self._next()

    def _become(self, answer: Answer, frames: list[bytes]) -> None:
        self._send_frames(frames)
        loader = self._loader
        assert loader is not None
        if answer.then == "stub":
            self._loader = Stub(loader.chip, loader.registers)
        elif answer.then == "rom":
            self._loader = Rom(loader.chip, loader.registers)
        elif answer.then == "reset":
            self._leave()
            self._board.reset_button()

    def _send_frames(self, frames: list[bytes]) -> None:
        if frames:
            self._send(b"".join(slip.encode(frame) for frame in frames))
