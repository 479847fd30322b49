# SPDX-License-Identifier: MIT
"""The chip's download mode without a pty in between: frames, registers, flash, time, power, the way in and out.

What the real esptool makes of it is in tests_host/serial/test_flash.py.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.emulator import Board
from tools.emulator.flash import SECTOR
from tools.emulator.loader import Bridge, bridge, slip
from tools.emulator.loader.request import Op

from .conftest import MakeBoard

PLACE = 0x300000
TAKES = """
    import asyncio, sys
    async def main():
        reader = asyncio.StreamReader(sys.stdin.buffer)
        while True:
            print("got", await reader.readline())
    asyncio.run(main())
"""


class Computer:
    """A program at the other end, which frames its requests and sums its blocks."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.heard = bytearray()
        self.bridge = Bridge(board, self.heard.extend)

    def frames(self) -> list[bytes]:
        frames = slip.Decoder().feed(bytes(self.heard))
        self.heard.clear()
        return frames

    def ask(self, op: int, *words: int, data: bytes = b"", checksum: int | None = None, ms: int = 0) -> list[bytes]:
        """What comes back within `ms` of the chip's time."""
        whole = struct.pack(f"<{len(words)}I", *words) + data
        total = 0xEF
        for byte in data:
            total ^= byte
        total = total if checksum is None else checksum
        self.bridge.receive(slip.encode(struct.pack("<BBHI", 0, op, len(whole), total) + whole))
        self.board.run(ms)
        return self.frames()

    def block(self, op: int, data: bytes, ms: int = 0, checksum: int | None = None) -> list[bytes]:
        return self.ask(op, len(data), 0, 0, 0, data=data, ms=ms, checksum=checksum)

    def enter(self) -> None:
        self.bridge.receive(bridge.SYNC)
        assert len(self.frames()) == 8
        self.ask(Op.SPI_ATTACH, 0, 0)
        self.ask(Op.SPI_SET_PARAMS, 0, 4 << 20, 65536, 4096, 256, 0xFFFF)

    def start_stub(self) -> None:
        self.enter()
        self.ask(Op.MEM_BEGIN, 4, 1, 4, 0x4009F000)
        self.block(Op.MEM_DATA, b"code")
        assert self.ask(Op.MEM_END, 0, 0x4009F000)[1:] == [b"OHAI"]


def status(frames: list[bytes], size: int = 4) -> int:
    """0, or why the last request failed."""
    assert len(frames) == 1
    failed, reason = frames[0][-size], frames[0][-size + 1]
    assert bool(failed) == bool(reason)
    return reason


@pytest.fixture
def computer(make_board: MakeBoard) -> Computer:
    board = make_board(main=TAKES)
    board.power_on()
    board.run(500)
    return Computer(board)


@given(st.lists(st.binary(min_size=1, max_size=300)), st.integers(1, 40))
def test_frames_survive_any_cutting(frames: list[bytes], step: int) -> None:
    line = b"\x55noise" + b"".join(map(slip.encode, frames))
    decoder = slip.Decoder()
    assert [found for at in range(0, len(line), step) for found in decoder.feed(line[at : at + step])] == frames


def test_what_is_no_frame_is_passed_over() -> None:
    assert slip.Decoder().feed(b"\xc0bad\xdb\x01\xc0\xc0\xc0good\xc0rest") == [b"good"]


def test_the_console_goes_through_until_sync_comes(computer: Computer) -> None:
    for data in (b"hello\n", b"\xc0\x00\x08\n", bridge.SYNC[:20], b"\n"):
        computer.bridge.receive(data)
        computer.board.run(20)
    assert computer.board.serial.count(b"got ") == 3
    assert not computer.bridge.is_loading
    computer.bridge.receive(b"x" + bridge.SYNC[:30])
    computer.bridge.receive(bridge.SYNC[30:])
    answers = computer.frames()
    assert len(answers) == 8
    assert all(answer[:2] == b"\x01\x08" and answer[4:8] != bytes(4) for answer in answers)
    assert (computer.board.state, computer.bridge.is_loading) == ("download", True)


def test_closing_the_port_starts_the_program_again(computer: Computer) -> None:
    computer.enter()
    before = len(computer.board.resets)
    computer.bridge.closed()
    computer.board.run(500)
    assert (computer.board.state, computer.board.resets[before:]) == ("running", ["PWRON"])
    computer.bridge.closed()  # nothing to leave: no reset
    assert len(computer.board.resets) == before + 1


def test_the_chip_is_what_the_module_has(computer: Computer) -> None:
    computer.enter()

    def register(address: int) -> int:
        return int.from_bytes(computer.ask(Op.READ_REG, address)[0][4:8], "little")

    assert register(0x40001000) == 0x00F01D83
    assert register(0x3FF5A004) == 0xC4000000 and register(0x3FF5A008) & 0xFFFF == 0x240A
    computer.ask(Op.WRITE_REG, 0x40001000, 0, 0xFFFFFFFF, 0)
    computer.ask(Op.WRITE_REG, 0x3FF5A004, 0, 0xFFFFFFFF, 0)
    assert (register(0x40001000), register(0x3FF5A004)) == (0x00F01D83, 0xC4000000)
    computer.ask(Op.WRITE_REG, 0x3FFB0000, 0xAB, 0xF0, 0)
    assert register(0x3FFB0000) == 0xA0
    computer.ask(Op.CHANGE_BAUDRATE, 921_600, 0)
    assert register(0x3FF40014) & 0xFFFFF == 43


def test_the_rom_erases_first_and_takes_its_time(computer: Computer) -> None:
    computer.board.flash.program(PLACE, bytes(SECTOR))
    computer.enter()
    assert computer.ask(Op.FLASH_BEGIN, 0x400, 1, 0x400, PLACE, ms=39) == []
    computer.board.run(2)
    assert status(computer.frames()) == 0
    assert computer.board.flash.read(PLACE, SECTOR) == b"\xff" * SECTOR
    data = bytes(range(256)) * 4
    assert status(computer.block(Op.FLASH_DATA, data, ms=5)) == 0
    assert computer.board.flash.read(PLACE, 0x400) == data
    [answer] = computer.ask(Op.SPI_FLASH_MD5, PLACE, 0x400, 0, 0, ms=5)
    assert answer[8:-4].decode() == hashlib.md5(data).hexdigest()
    [answer] = computer.ask(Op.READ_FLASH_SLOW, PLACE, 16)
    assert answer[8:-4] == data[:16].ljust(64, b"\0")


def test_the_rom_knows_two_megabytes_and_no_flash_before_it_is_told(computer: Computer) -> None:
    computer.bridge.receive(bridge.SYNC)
    computer.frames()
    assert status(computer.ask(Op.FLASH_BEGIN, 4, 1, 0x400, 0x1000)) == 0x06
    computer.ask(Op.SPI_ATTACH, 0, 0)
    assert status(computer.ask(Op.READ_FLASH_SLOW, 0x1FFFF0, 64)) == 0x06
    assert status(computer.ask(Op.READ_FLASH_SLOW, 0x1FFFC0, 64)) == 0
    assert status(computer.ask(Op.ERASE_FLASH)) == 0x05


@pytest.mark.parametrize("op", [Op.FLASH_DATA, Op.FLASH_DEFL_DATA, Op.MEM_DATA])
def test_a_block_that_came_to_harm_is_refused(computer: Computer, op: Op) -> None:
    computer.enter()
    computer.ask(Op.FLASH_BEGIN, 4, 1, 0x400, PLACE, ms=50)
    assert status(computer.block(op, b"data", checksum=0)) == 0x07
    assert status(computer.ask(op, 7, 0, 0, 0, data=b"data")) == 0x05
    assert computer.board.flash.read(PLACE, 4) == b"\xff" * 4


def test_what_is_not_erased_comes_out_as_both(computer: Computer) -> None:
    """NOR rules hold for a loader too."""
    computer.enter()
    computer.ask(Op.FLASH_BEGIN, 8, 1, 0x400, PLACE, ms=50)
    computer.board.flash.program(PLACE, b"\xf0")
    assert status(computer.block(Op.FLASH_DATA, b"\x3c" * 8, ms=5)) == 0
    assert computer.board.flash.read(PLACE, 2) == b"\x30\x3c"


def test_the_stub_confirms_first_writes_then_and_erases_ahead(computer: Computer) -> None:
    computer.start_stub()
    data = bytes(5 * SECTOR)
    packed = zlib.compress(data)
    assert status(computer.ask(Op.FLASH_DEFL_BEGIN, len(data), 1, 0x4000, PLACE + 100, 0), 2) == 0
    assert status(computer.block(Op.FLASH_DEFL_DATA, packed), 2) == 0
    assert computer.ask(Op.FLASH_DEFL_END, 1) == []  # still at work
    computer.board.run(1000)
    assert status(computer.frames(), 2) == 0
    assert computer.board.flash.read(PLACE, 100 + len(data)) == b"\xff" * 100 + data
    assert sum(computer.board.flash.erases.values()) == 6


def test_the_stub_tells_of_a_failure_with_the_next_answer(computer: Computer) -> None:
    computer.start_stub()
    computer.ask(Op.FLASH_DEFL_BEGIN, 100, 1, 0x4000, PLACE, 0)
    assert status(computer.block(Op.FLASH_DEFL_DATA, b"not deflated"), 2) == 0
    assert status(computer.ask(Op.FLASH_DEFL_END, 1), 2) == 0xC6
    assert status(computer.ask(0x77), 2) == 0xFF
    assert status(computer.ask(Op.ERASE_REGION, 100, SECTOR), 2) == 0xC0


def test_the_stub_erases_everything_in_ten_seconds(computer: Computer) -> None:
    computer.start_stub()
    assert computer.ask(Op.ERASE_FLASH, ms=9_900) == []
    computer.board.run(200)
    assert status(computer.frames(), 2) == 0
    assert computer.board.flash.read(0, 4 << 20).count(b"\xff") == 4 << 20
    computer.bridge.closed()
    computer.board.run(500)
    assert b"invalid header: 0xffffffff" in computer.board.serial


def test_flash_contents_come_as_they_are_confirmed(computer: Computer) -> None:
    computer.start_stub()
    want = computer.board.flash.read(0x200000, 3 * SECTOR)
    frames = computer.ask(Op.READ_FLASH, 0x200000, len(want), SECTOR, 2)[1:]
    assert frames == [want[:SECTOR], want[SECTOR : 2 * SECTOR]]
    computer.bridge.receive(slip.encode(struct.pack("<I", SECTOR)))
    assert computer.frames() == [want[2 * SECTOR :]]
    computer.bridge.receive(slip.encode(struct.pack("<I", 3 * SECTOR)))
    assert computer.frames() == [hashlib.md5(want).digest()]


def test_a_reading_that_was_given_up_does_not_stand_in_the_way(computer: Computer) -> None:
    computer.start_stub()
    computer.ask(Op.READ_FLASH, 0, 1 << 20, SECTOR, 1)
    computer.bridge.receive(bridge.SYNC)
    assert [frame[4:8] for frame in computer.frames()] == [bytes(4)] * 8


@pytest.mark.parametrize(
    ("leave", "state"),
    [
        (lambda computer: computer.ask(Op.RUN_USER_CODE), "running"),
        (lambda computer: computer.ask(Op.FLASH_END, 0), "download"),  # a restart; the straps are still those
        (lambda computer: computer.ask(Op.FLASH_END, 1), "download"),
    ],
)
def test_ways_out_of_the_stub(computer: Computer, leave: Callable[[Computer], object], state: str) -> None:
    computer.start_stub()
    leave(computer)
    computer.board.run(400)
    assert computer.board.state == state


@pytest.mark.parametrize("mode", ["before", "torn", "after"])
def test_power_goes_in_the_middle_of_a_write(computer: Computer, mode: str) -> None:
    computer.start_stub()
    computer.ask(Op.FLASH_BEGIN, SECTOR, 1, SECTOR, PLACE, 0)
    computer.board.flash.cut_at(4, mode)  # one erase, then pages
    computer.block(Op.FLASH_DATA, bytes(SECTOR))
    assert (computer.board.state, computer.bridge.is_loading) == ("off", False)
    assert computer.ask(Op.SYNC, data=b"\7\7\x12\x20" + b"\x55" * 32) == []
    written = len(computer.board.flash.read(PLACE, SECTOR)) - len(
        computer.board.flash.read(PLACE, SECTOR).lstrip(b"\0")
    )
    assert written in {"before": range(512, 513), "torn": range(512, 769), "after": range(768, 769)}[mode]
    computer.board.power_on()
    computer.board.run(500)
    assert computer.board.state == "running"
