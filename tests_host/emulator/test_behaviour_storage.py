# SPDX-License-Identifier: MIT
"""docs/emulated-board.md, esp32: partitions and NVS; and the flash below them: rules, counts, costs, bad reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests_host.emulator.behaviour import Rows, new_board, told
from tools.emulator import Board, BoardError
from tools.emulator.flash import PAGE, SECTOR, SIZE

_JOURNAL = 0x380000
_PARTITION = """
from esp32 import Partition as P
p = P("journal")
row("partition-constants", [P.BOOT, P.RUNNING, P.TYPE_APP, P.TYPE_DATA])
row("partition-by-label", [p.info()[4], P("factory").info()[0], fault(P, "none")])
row("partition-by-number", [P(P.RUNNING).info()[4], P(P.BOOT).info()[4], fault(P, 2)])
row("partition-info", p.info())
row("partition-find-defaults", [q.info()[4] for q in P.find()])
row("partition-find", [[q.info()[4] for q in P.find(P.TYPE_DATA)], [q.info()[4] for q in P.find(P.TYPE_DATA, 0x83)],
    [q.info()[4] for q in P.find(type=P.TYPE_DATA, label="journal")], P.find(P.TYPE_DATA, label="none")])
row("partition-ioctl", [p.ioctl(n, 0) for n in (1, 2, 3, 4, 5)] + [p.ioctl(7, 0), fault(p.ioctl, 6, 64)])
b = bytearray(4)
row("partition-read-ends", [fault(p.readblocks, 64, b), fault(p.readblocks, 63, bytearray(4097)),
    fault(p.readblocks, 65, b), fault(p.readblocks, -1, b), fault(p.readblocks, 63, b, 4092),
    fault(p.readblocks, 63, b, 4093)])
row("partition-write-ends", [fault(p.writeblocks, 63, bytes(4097)), fault(p.writeblocks, 0, bytes(100))])
p.writeblocks(1, b"\\x0f" * 4096)
p.writeblocks(1, b"\\x55" * 4096); p.readblocks(1, b)
row("partition-write-erases-first", list(b))
p.writeblocks(1, b"\\x50", 2); p.readblocks(1, b)
row("partition-write-at-an-offset-only-programs", list(b))
p.readblocks(1, b, 2); row("partition-read-offset", list(b))
row("partition-erase", [p.ioctl(6, 1), fault(p.readblocks, 1, b), list(b)])
"""
_NVS = """
from esp32 import NVS
n = NVS("till")
row("nvs-missing", [fault(n.get_i32, "x"), fault(n.get_blob, "x", bytearray(1)), fault(n.erase_key, "x")])
n.set_i32("x", -5); row("nvs-i32", [n.get_i32("x"), fault(n.set_i32, "x", 1 << 40)[:13], n.get_i32("x")])
row("nvs-other-type", [fault(n.get_blob, "x", bytearray(9))])
n.set_blob("b", b"abc"); b = bytearray(5)
row("nvs-blob", [n.get_blob("b", b), str(b), fault(n.get_blob, "b", bytearray(2))])
row("nvs-names", [fault(n.set_i32, "sixteen_letters_", 1), fault(NVS, "sixteen_letters_"),
    fault(n.set_i32, "fifteen_letters", 1)])
row("nvs-namespaces", fault(NVS("other").get_i32, "x"))
n.set_blob("long", bytes(3000)); row("nvs-long-blob", n.get_blob("long", bytearray(3000)))
for i in range(5): full = fault(n.set_blob, "huge%d" % i, bytes(5000))
row("nvs-full", full)
for i in range(4): fault(n.erase_key, "huge%d" % i)
n.erase_key("b"); row("nvs-erase-key", fault(n.get_blob, "b", b))
n.commit(); n.set_i32("uncommitted", 7)
"""
_SIZE_ERROR, _ARGUMENT_ERROR = "OSError(-260, 'ESP_ERR_INVALID_SIZE')", "OSError(-258, 'ESP_ERR_INVALID_ARG')"
_MISSING = "OSError(-4354, 'ESP_ERR_NVS_NOT_FOUND')"
_TOO_LONG = "OSError(-4361, 'ESP_ERR_NVS_KEY_TOO_LONG')"
ROWS: Rows = {
    "partition-constants": [0, 1, 0, 1],
    "partition-by-label": ["journal", 0, "OSError(2,)"],
    "partition-by-number": ["factory", "factory", "ValueError()"],
    "partition-info": [1, 64, _JOURNAL, 0x40000, "journal", False],
    "partition-find-defaults": ["factory"],
    "partition-find": [["nvs", "phy_init", "vfs", "journal"], ["vfs"], ["journal"], []],
    "partition-ioctl": [0, 0, 0, 64, 4096, None, _SIZE_ERROR],
    "partition-read-ends": [_SIZE_ERROR, _SIZE_ERROR, _ARGUMENT_ERROR, _ARGUMENT_ERROR, None, _SIZE_ERROR],
    "partition-write-ends": [_SIZE_ERROR, _SIZE_ERROR],
    "partition-write-erases-first": [0x55] * 4,
    "partition-write-at-an-offset-only-programs": [0x55, 0x55, 0x50, 0x55],
    "partition-read-offset": [0x50, 0x55, 0x55, 0x55],
    "partition-erase": [0, None, [255] * 4],
    "nvs-missing": [_MISSING] * 3,
    "nvs-i32": [-5, "OverflowError", -5],
    "nvs-other-type": [_MISSING],
    "nvs-blob": [3, "bytearray(b'abc\\x00\\x00')", "OSError(-4364, 'ESP_ERR_NVS_INVALID_LENGTH')"],
    "nvs-names": [_TOO_LONG, _TOO_LONG, None],
    "nvs-namespaces": _MISSING,
    "nvs-long-blob": 3000,
    "nvs-full": "OSError(-4357, 'ESP_ERR_NVS_NOT_ENOUGH_SPACE')",
    "nvs-erase-key": _MISSING,
}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    with new_board(tmp_path_factory.mktemp("storage")) as made:
        yield made


@pytest.fixture(scope="module")
def rows(board: Board) -> Rows:
    return told(board, _PARTITION) | told(board, _NVS)


@pytest.mark.parametrize("name", ROWS)
def test_row(rows: Rows, name: str) -> None:
    assert rows[name] == ROWS[name]


def test_nvs_writes_at_once_whether_committed_or_not(rows: Rows, board: Board) -> None:
    assert told(board, "from esp32 import NVS\nrow('kept', NVS('till').get_i32('uncommitted'))") == {"kept": 7}


_READER = """
from esp32 import Partition
p, b = Partition("journal"), bytearray(64)
p.writeblocks(2, b"\\xa5" * 64, 0)
reads = []
for _ in range(4):
    reads.append(fault(p.readblocks, 2, b) or sum(bin(x ^ 0xa5).count("1") for x in b))
row("reads", reads)
"""


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Board]:
    with new_board(tmp_path) as made:
        made.exec("pass")
        yield made


def test_flipped_bits_once_twice_and_for_ever(fresh: Board) -> None:
    fresh.flash.read_badly(_JOURNAL + 2 * SECTOR, 64, flips=3, times=2)
    assert told(fresh, _READER) == {"reads": [3, 3, 0, 0]}
    assert not fresh.flash.watches_reads
    fresh.flash.erase(_JOURNAL + 2 * SECTOR, SECTOR)
    fresh.flash.read_badly(_JOURNAL + 2 * SECTOR + 60, 100, flips=1, times=None)
    assert told(fresh, _READER) == {"reads": [1, 1, 1, 1]}
    fresh.flash.read_well()


def test_unreadable_is_the_drivers_error(fresh: Board) -> None:
    fresh.flash.read_badly(_JOURNAL, 3 * SECTOR, flips=None)
    assert told(fresh, _READER) == {"reads": ["OSError(-24577, 'ESP_ERR_FLASH_OP_FAIL')", 0, 0, 0]}


def test_flash_is_counted_by_sector_and_charged(fresh: Board) -> None:
    assert (SIZE, SECTOR, PAGE) == (4 << 20, 4096, 256)
    fresh.flash.sector_programs.clear()
    fresh.flash.erases.clear()
    before, busy = fresh.now_ms, fresh.flash.busy_us
    found = told(
        fresh,
        """
        from esp32 import Partition
        import time
        p = Partition("journal")
        a = time.ticks_ms(); p.ioctl(6, 5); p.ioctl(6, 5); b = time.ticks_ms()
        p.writeblocks(5, bytes(64), 4064); p.writeblocks(5, bytes(200), 0); c = time.ticks_ms()
        row("ms", [time.ticks_diff(b, a), time.ticks_diff(c, b)])
        """,
    )
    sector = _JOURNAL // SECTOR + 5
    assert found == {"ms": [80, 1]}
    assert fresh.flash.erases == {sector: 2}
    assert fresh.flash.sector_programs == {sector: 2, sector + 1: 1}
    assert fresh.flash.busy_us - busy == 2 * 40_000 + 400 + 1000
    assert fresh.now_ms > before


def test_reads_take_time_when_the_board_charges_for_them(fresh: Board) -> None:
    code = """
        from esp32 import Partition
        import time
        p, b = Partition("journal"), bytearray(4096)
        a = time.ticks_us(); p.readblocks(0, b); p.readblocks(1, b)
        row("us", time.ticks_diff(time.ticks_us(), a))
    """
    fresh.flash.read_us = 30
    charged = told(fresh, code)["us"]
    fresh.flash.read_us = 0
    free = told(fresh, code)["us"]
    assert isinstance(charged, int) and isinstance(free, int)
    assert 1080 <= charged - free <= 1100


def test_nor_flash_does_not_set_bits(fresh: Board) -> None:
    with pytest.raises(BoardError, match="sets bits"):
        fresh.exec(
            "import esp32; p = esp32.Partition('journal'); [p.writeblocks(0, b, 0) for b in (b'\\xf0', b'\\x0f')]"
        )
