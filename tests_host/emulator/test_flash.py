# SPDX-License-Identifier: MIT
"""NOR rules, wear counts, costs and the three kinds of power cut."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.emulator import Board, BoardError
from tools.emulator.flash import SECTOR, SIZE, Flash, FlashRuleError, PowerCut

from .conftest import MakeBoard

PLACE = 0x380000


@pytest.fixture
def flash(tmp_path: Path) -> Iterator[Flash]:
    path = tmp_path / "chip.bin"
    path.write_bytes(b"\xff" * SIZE)
    chip = Flash(path, seed=7)
    yield chip
    chip.close()


def test_programming_only_clears_bits(flash: Flash) -> None:
    flash.program(PLACE, b"\xf0\xaa")
    flash.program(PLACE, b"\x70\xff")  # FF leaves a byte alone
    assert flash.read(PLACE, 3) == b"\x70\xaa\xff"
    with pytest.raises(FlashRuleError, match="sets bits at 0x380001"):
        flash.program(PLACE, b"\x70\xab")


def test_a_forbidden_program_leaves_the_and_of_both(flash: Flash) -> None:
    flash.program(PLACE, b"\xf0")
    with pytest.raises(FlashRuleError):
        flash.program(PLACE, b"\x0f")
    assert flash.read(PLACE, 1) == b"\x00"


def test_erase_is_by_whole_sectors_and_counted(flash: Flash) -> None:
    flash.program(PLACE, bytes(2 * SECTOR))
    assert flash.erase(PLACE + SECTOR, SECTOR) == 40_000
    assert flash.read(PLACE + SECTOR - 1, 2) == b"\x00\xff"
    assert flash.erases == {PLACE // SECTOR + 1: 1}
    with pytest.raises(FlashRuleError, match="whole sectors"):
        flash.erase(PLACE + 1, SECTOR)


@pytest.mark.parametrize(("size", "cost_us"), [(1, 400), (64, 400), (65, 1000), (256, 1000), (4096, 16_000)])
def test_program_costs(flash: Flash, size: int, cost_us: int) -> None:
    assert flash.program(PLACE, bytes(size)) == cost_us


def test_cut_before_does_nothing_and_after_does_all(flash: Flash) -> None:
    flash.cut_at(2, "before")
    flash.program(PLACE, b"\x00")
    with pytest.raises(PowerCut):
        flash.program(PLACE + 1, b"\x00")
    flash.cut_at(1, "after")
    with pytest.raises(PowerCut):
        flash.program(PLACE + 2, b"\x00")
    assert flash.read(PLACE, 4) == b"\x00\xff\x00\xff"
    assert not flash.is_cut_pending


def test_torn_program_is_a_prefix_and_one_partial_byte(flash: Flash) -> None:
    for number in range(20):
        place = PLACE + 64 * number
        flash.cut_at(1, "torn")
        with pytest.raises(PowerCut):
            flash.program(place, bytes(64))
        done = flash.read(place, 64).lstrip(b"\0")
        assert done[1:] == b"\xff" * len(done[1:])


def test_torn_erase_leaves_neither_the_old_nor_an_empty_sector(flash: Flash) -> None:
    old = bytes(range(256)) * 16
    flash.program(PLACE, old)
    flash.cut_at(1, "torn")
    with pytest.raises(PowerCut):
        flash.erase(PLACE, SECTOR)
    left = flash.read(PLACE, SECTOR)
    assert left not in (old, b"\xff" * SECTOR)
    assert all(now & before == before for now, before in zip(left, old, strict=True))


def test_the_same_seed_tears_the_same_way(tmp_path: Path) -> None:
    found = set()
    for name in ("a", "b"):
        path = tmp_path / name
        path.write_bytes(bytes(SIZE))
        chip = Flash(path, seed=3)
        chip.cut_at(1, "torn")
        with pytest.raises(PowerCut):
            chip.erase(0, SECTOR)
        found.add(chip.read(0, SECTOR))
        chip.close()
    assert len(found) == 1


WRITER = """
    import esp32
    part = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]
    for slot in range(8):
        part.writeblocks(0, bytes(64), 64 * slot)
    print("done")
"""


@pytest.mark.parametrize(("mode", "slots"), [("before", 2), ("after", 3)])
def test_power_goes_at_the_nth_operation_and_comes_back(make_board: MakeBoard, mode: str, slots: int) -> None:
    """O5: the chip stops in the middle of its program; the flash keeps what was done."""
    board = make_board(main=WRITER)
    board.exec("pass")  # the first start formats NVS
    board.flash.cut_at(3, mode)
    board.power_on()
    board.run(2000)
    assert board.state == "off"
    assert board.flash.read(PLACE, 64 * 8).count(b"\0" * 64) == slots
    assert b"done" not in board.serial
    board.power_on()
    board.run(2000)
    assert (board.state, board.resets) == ("running", ["PWRON"] * 3)
    assert b"done" in board.serial


def test_a_broken_rule_of_the_firmware_is_loud(board: Board) -> None:
    code = "import esp32; p = esp32.Partition('journal'); p.writeblocks(0, b'\\xf0', 0); p.writeblocks(0, b'\\x0f', 0)"
    with pytest.raises(BoardError, match="sets bits at 0x380000"):
        board.exec(code)
