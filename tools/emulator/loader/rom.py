# SPDX-License-Identifier: MIT
"""The serial loader in the ESP32's ROM: what `esptool --no-stub` talks to, and what the stub is loaded with.

It erases at the beginning of a download, knows 2 MB of flash until it is told otherwise, and reaches the flash only
after SPI_ATTACH. A program loaded into RAM and started is taken for esptool's stub: no machine code runs here.
"""

from collections.abc import Callable, Mapping
from typing import Final

from tools.emulator.flash import SECTOR
from tools.emulator.loader.registers import Registers
from tools.emulator.loader.request import Answer, Op, RefusedError, Request, Status, pack
from tools.emulator.loader.session import Session
from tools.emulator.loader.spi_chip import SpiChip

_SYNC_VALUE: Final = 0x20120707
_SYNC_ANSWERS: Final = 8
_DEFAULT_SIZE: Final = 2 << 20
_SLOW_READ: Final = 64
_OHAI: Final = b"OHAI"
RECEIPT_SIZE: Final = 4

Command = Callable[[Request], Answer]


class Rom:
    """Answers requests; the stub is another one with the same registers and flash."""

    status_size = 4
    unknown = Status.INVALID

    def __init__(self, chip: SpiChip, registers: Registers) -> None:
        self.chip = chip
        self.registers = registers
        self._session: Session | None = None
        self._size = _DEFAULT_SIZE
        self._is_attached = False
        self._has_code = False
        self._commands = self._table()

    def _table(self) -> Mapping[int, Command]:
        return {
            Op.SYNC: self._sync,
            Op.READ_REG: lambda request: Answer(self.registers.read(request.words(1)[0])),
            Op.WRITE_REG: self._write_registers,
            Op.MEM_BEGIN: self._mem_begin,
            Op.MEM_DATA: self._mem_data,
            Op.MEM_END: self._mem_end,
            Op.SPI_ATTACH: self._attach,
            Op.SPI_SET_PARAMS: self._set_size,
            Op.CHANGE_BAUDRATE: self._change_baud,
            Op.FLASH_BEGIN: lambda request: self._begin(request, is_deflated=False),
            Op.FLASH_DATA: self._data,
            Op.FLASH_END: self._end,
            Op.FLASH_DEFL_BEGIN: lambda request: self._begin(request, is_deflated=True),
            Op.FLASH_DEFL_DATA: self._data,
            Op.FLASH_DEFL_END: self._end,
            Op.READ_FLASH_SLOW: self._read_slow,
            Op.SPI_FLASH_MD5: self._md5,
        }

    def answer(self, request: Request) -> tuple[Answer, bytes]:
        """What to do and the frame that says so."""
        answer, status = Answer(), Status.OK
        try:
            command = self._commands.get(request.op)
            if command is None:
                raise RefusedError(self.unknown)
            answer = command(request)
        except RefusedError as refusal:
            status = refusal.status
        return answer, pack(request.op, answer.value, answer.data, status, self.status_size)

    def take_data(self, frame: bytes) -> list[bytes] | None:
        """A loader that sends flash contents: what follows on a receipt. None: `frame` is a request."""
        return None

    def _sync(self, request: Request) -> Answer:
        return Answer(_SYNC_VALUE, repeat=_SYNC_ANSWERS)

    def _write_registers(self, request: Request) -> Answer:
        words = request.words(len(request.data) // 16 * 4)
        for at in range(0, len(words), 4):
            self.registers.write(*words[at : at + 3])
        return Answer(cost_us=sum(words[3::4]))

    def _mem_begin(self, request: Request) -> Answer:
        request.words(4)
        return Answer()

    def _mem_data(self, request: Request) -> Answer:
        self._has_code = bool(request.block())
        return Answer()

    def _mem_end(self, request: Request) -> Answer:
        stays, _entry = request.words(2)
        if stays:
            return Answer()
        if not self._has_code:
            raise RefusedError(Status.FAILED)
        return Answer(more=[_OHAI], then="stub")

    def _attach(self, request: Request) -> Answer:
        request.words(1)
        self._is_attached = True
        return Answer()

    def _set_size(self, request: Request) -> Answer:
        self._size = request.words(6)[1]
        return Answer()

    def _change_baud(self, request: Request) -> Answer:
        self.registers.set_baud(request.words(2)[0])
        return Answer()

    def _check(self, start: int, size: int) -> None:
        if not self._is_attached or start + size > self._size:
            raise RefusedError(Status.FAILED)

    def _begin(self, request: Request, is_deflated: bool) -> Answer:
        size, _blocks, _block_size, start = request.words(4)
        self._check(start, size)
        if start % SECTOR:
            raise RefusedError(Status.FAILED)
        self._session = Session(self.chip, start, size, is_deflated)
        return Answer(cost_us=self._session.erase_all())

    def _data(self, request: Request) -> Answer:
        block = request.block()
        if self._session is None or self._session.is_deflated != (request.op == Op.FLASH_DEFL_DATA):
            raise RefusedError(Status.FAILED)
        return Answer(cost_us=self._session.write(block))

    def _end(self, request: Request) -> Answer:
        """The ROM leaves the loader in either case: a restart, or the program in the flash."""
        request.words(1)
        self._session = None
        return Answer(then="reset")

    def _read_slow(self, request: Request) -> Answer:
        start, size = request.words(2)
        self._check(start, size)
        return Answer(data=self.chip.read(start, min(size, _SLOW_READ)).ljust(_SLOW_READ, b"\0"))

    def _md5(self, request: Request) -> Answer:
        start, size = request.words(2)
        self._check(start, size)
        digest, cost_us = self.chip.md5(start, size)
        return Answer(data=self._shown(digest), cost_us=cost_us)

    def _shown(self, digest: bytes) -> bytes:
        return digest.hex().encode()


def receipt(frame: bytes) -> int:
    """The number of bytes that a receipt confirms."""
    return int.from_bytes(frame, "little")
