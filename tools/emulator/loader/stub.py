# SPDX-License-Identifier: MIT
"""esptool's flasher stub, once it runs in the chip's RAM: more commands than the ROM, and faster.

It confirms a block before it writes it and tells of a failure in the answer to the next; it erases ahead of its
writing; it sends flash contents until as many frames are unconfirmed as it was allowed.
"""

from collections.abc import Mapping
from hashlib import md5
from typing import Final

from tools.emulator.flash import SECTOR, SIZE
from tools.emulator.loader.request import Answer, Op, RefusedError, Request, Status
from tools.emulator.loader.rom import RECEIPT_SIZE, Command, Rom, receipt
from tools.emulator.loader.session import Session

_SYNC_ANSWERS: Final = 8


class _Reading:
    """A READ_FLASH under way."""

    def __init__(self, data: bytes, frame_size: int, in_flight: int) -> None:
        self._data = data
        self._frame_size = frame_size
        self._in_flight = in_flight
        self._sent = 0

    def next_frames(self, confirmed: int) -> list[bytes]:
        frames = []
        limit = min(len(self._data), confirmed + self._frame_size * self._in_flight)
        while self._sent < limit:
            frames.append(self._data[self._sent : self._sent + self._frame_size])
            self._sent += len(frames[-1])
        return frames

    def is_done(self, confirmed: int) -> bool:
        return confirmed >= len(self._data)

    @property
    def digest(self) -> bytes:
        return md5(self._data, usedforsecurity=False).digest()


class Stub(Rom):
    status_size = 2
    unknown = Status.STUB_UNKNOWN
    _reading: _Reading | None = None
    _failure = Status.OK

    def _table(self) -> Mapping[int, Command]:
        return {
            **super()._table(),
            Op.ERASE_FLASH: lambda request: Answer(cost_us=self.chip.erase_chip()),
            Op.ERASE_REGION: self._erase_region,
            Op.READ_FLASH: self._read,
            Op.RUN_USER_CODE: lambda request: Answer(then="reset"),
        }

    def take_data(self, frame: bytes) -> list[bytes] | None:
        if len(frame) != RECEIPT_SIZE:
            self._reading = None  # the program has given up
        if self._reading is None:
            return None
        confirmed = receipt(frame)
        if not self._reading.is_done(confirmed):
            return self._reading.next_frames(confirmed)
        digest, self._reading = self._reading.digest, None
        return [digest]

    def _sync(self, request: Request) -> Answer:
        return Answer(0, repeat=_SYNC_ANSWERS)

    def _check(self, start: int, size: int) -> None:
        if start + size > SIZE:
            raise RefusedError(Status.STUB_BAD_LENGTH)

    def _begin(self, request: Request, is_deflated: bool) -> Answer:
        size, _blocks, _block_size, start = request.words(4)
        self._check(start, size)
        self._session = Session(self.chip, start, size, is_deflated)
        self._failure = Status.OK
        return Answer()

    def _data(self, request: Request) -> Answer:
        if self._session is None or self._session.is_deflated != (request.op == Op.FLASH_DEFL_DATA):
            raise RefusedError(Status.STUB_FAILED)
        try:
            block = request.block()
        except RefusedError:
            raise RefusedError(Status.STUB_BAD_CHECKSUM) from None
        self._report()
        try:
            return Answer(cost_us=self._session.write(block), is_early=True)
        except RefusedError as refusal:
            self._failure = refusal.status
            return Answer()

    def _report(self) -> None:
        failure, self._failure = self._failure, Status.OK
        if failure != Status.OK:
            raise RefusedError(failure)

    def _end(self, request: Request) -> Answer:
        """0 restarts the chip, which still has the download mode's straps; 1 stays here."""
        restarts = request.words(1)[0] == 0
        is_short = self._session is not None and self._session.left > 0
        self._session = None
        self._report()
        if is_short:
            raise RefusedError(Status.STUB_BAD_LENGTH)
        return Answer(then="rom" if restarts else "")

    def _erase_region(self, request: Request) -> Answer:
        start, size = request.words(2)
        self._check(start, size)
        if start % SECTOR or size % SECTOR:
            raise RefusedError(Status.STUB_BAD_LENGTH)
        return Answer(cost_us=self.chip.erase(start, start + size))

    def _read(self, request: Request) -> Answer:
        start, size, frame_size, in_flight = request.words(4)
        self._check(start, size)
        self._reading = _Reading(self.chip.read(start, size), max(frame_size, 1), max(in_flight, 1))
        return Answer(more=self._reading.next_frames(0))

    def _shown(self, digest: bytes) -> bytes:
        return digest
