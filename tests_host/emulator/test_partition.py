# SPDX-License-Identifier: MIT
"""esp32.Partition as ports/esp32/esp32_partition.c has it, and the littlefs root."""

from tools.emulator import Board
from tools.emulator.image import ROOT, littlefs, partition_table, regions, tree_files

from .conftest import MakeBoard, run


def test_partitions_are_found_by_type_and_label(board: Board) -> None:
    output = run(
        board,
        """
            from esp32 import Partition as P
            print(P.find(P.TYPE_DATA, label='journal')[0].info())
            print(P.find(P.TYPE_APP)[0].info())
            print([p.info()[4] for p in P.find(P.TYPE_DATA)], P.find(P.TYPE_DATA, label='none'))
            print(P('vfs').ioctl(4, 0), P('vfs').ioctl(5, 0), P('vfs').ioctl(3, 0), P(P.RUNNING).info()[4])
        """,
    )
    assert output.splitlines() == [
        "(1, 64, 3670016, 262144, 'journal', False)",
        "(0, 0, 65536, 2031616, 'factory', False)",
        "['nvs', 'phy_init', 'vfs', 'journal'] []",
        "384 4096 0 factory",
    ]


def test_writeblocks_without_offset_erases_first(board: Board) -> None:
    run(
        board,
        r"""
            from esp32 import Partition as P
            p = P('journal')
            p.writeblocks(1, bytes(4096)); p.writeblocks(1, b'\x55' * 4096); p.writeblocks(1, b'\x50', 2)
            b = bytearray(4); p.readblocks(1, b); assert b == b'\x55\x55\x50\x55', b
            p.readblocks(1, b, 2); assert b == b'\x50\x55\x55\x55', b
            p.ioctl(6, 1); p.readblocks(1, b); assert b == b'\xff' * 4
        """,
    )
    assert board.flash.erases == {0x381000 // 4096: 3}


def test_errors_are_the_ports(board: Board) -> None:
    output = run(
        board,
        """
            from esp32 import Partition as P
            def failing(f, *a):
                try: f(*a)
                except OSError as e: print(e.errno)
            p = P('journal')
            failing(P, 'none'); failing(p.readblocks, 64, bytearray(1)); failing(p.writeblocks, 63, bytearray(4097))
            failing(p.writeblocks, 0, bytearray(100))
        """,
    )
    assert output.split() == ["2", "-260", "-260", "-260"]


def test_root_is_the_littlefs_of_the_flash(make_board: MakeBoard) -> None:
    board = make_board(files={"lib/thing.py": b"def f(): return 42", "firmware/__init__.py": b"", "data.bin": b"\x01"})
    output = run(
        board,
        """
            import os, sys, thing, firmware
            print(sorted(os.listdir('/')), thing.f(), sys.path, os.statvfs('/')[0])
            with open('new.txt', 'w') as f: f.write('kept')
        """,
    )
    assert (
        output.strip()
        == "['boot.py', 'data.bin', 'firmware', 'lib', 'main.py', 'version.txt'] 42 ['', '.frozen', '/lib'] 4096"
    )
    assert board.exec("print(open('/new.txt').read())").strip() == "kept"


def test_a_ruined_file_system_means_a_dark_board(board: Board) -> None:
    """L6: what must never happen in service, and what it looks like when it does."""
    board.flash.erase(board.regions["vfs"].start, 2 * 4096)
    board.flash.program(board.regions["vfs"].start, bytes(100))
    board.power_on()
    board.run(10_000)
    assert board.serial.count(b"appears to be corrupted") == 4
    assert board.state == "running"


def test_partition_table_matches_its_source() -> None:
    table = regions()
    assert {label: (region.start, region.size) for label, region in table.items()} == {
        "nvs": (0x9000, 0x6000),
        "phy_init": (0xF000, 0x1000),
        "factory": (0x10000, 0x1F0000),
        "vfs": (0x200000, 0x180000),
        "journal": (0x380000, 0x40000),
    }
    binary = partition_table(table.values())
    assert binary[:4] == b"\xaa\x50\x01\x02"
    assert binary[5 * 32 : 5 * 32 + 16] == b"\xeb\xeb" + b"\xff" * 14
    assert len(binary) == 0xC00


def test_the_tree_fits_its_partition() -> None:
    files = tree_files(ROOT)
    assert {"boot.py", "main.py"} <= set(files)
    assert len(littlefs(files, regions()["vfs"].size)) == regions()["vfs"].size
