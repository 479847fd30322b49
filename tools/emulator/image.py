# SPDX-License-Identifier: MIT
"""Builds what flashing a board writes: the partition table and the littlefs that holds the code.

The tree mirrors the board's file system: boot.py, main.py, firmware/ and lib/ are copied as they are.  A built image
is kept under build/ by the digest of its contents.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from littlefs import LittleFS

from tools.emulator.flash import SECTOR, SIZE
from tools.emulator.rom import compile_module

ROOT = Path(__file__).parents[2]
TABLE_START = 0x8000
_TABLE_SIZE = 0xC00
_ENTRY = struct.Struct("<HBBII16sI")
_ENTRY_MAGIC = 0x50AA
_MD5_MAGIC = b"\xeb\xeb" + b"\xff" * 14
_TYPES = {"app": 0, "data": 1}
_SUBTYPES = {"factory": 0x00, "phy": 0x01, "nvs": 0x02}
_TREE = ("boot.py", "main.py", "firmware", "lib")
_SUFFIXES = (".py", ".mpy", ".bin", ".txt", ".json")


@dataclass(frozen=True)
class Region:
    """One partition."""

    label: str
    type: int
    subtype: int
    start: int
    size: int


def regions(path: Path = ROOT / "tools" / "partitions.csv") -> dict[str, Region]:
    """The partition table's source, by label."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found = {}
    for row in csv.reader(lines):
        label, kind, subtype, start, size = (cell.strip() for cell in row[:5])
        number = _SUBTYPES[subtype] if subtype in _SUBTYPES else int(subtype, 0)
        found[label] = Region(label, _TYPES[kind], number, int(start, 0), int(size, 0))
    return found


def partition_table(table: Iterable[Region]) -> bytes:
    """The table in ESP-IDF's binary form, with its MD5 entry."""
    entries = b"".join(
        _ENTRY.pack(_ENTRY_MAGIC, region.type, region.subtype, region.start, region.size, region.label.encode(), 0)
        for region in table
    )
    whole = entries + _MD5_MAGIC + hashlib.md5(entries, usedforsecurity=False).digest()
    return whole.ljust(_TABLE_SIZE, b"\xff")


def tree_files(root: Path = ROOT) -> dict[str, bytes]:
    """What goes onto the board's file system, by its path there."""
    files = {}
    for name in _TREE:
        top = root / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and path.suffix in _SUFFIXES and "__pycache__" not in path.parts:
                files[path.relative_to(root).as_posix()] = path.read_bytes()
    return files


def littlefs(files: Mapping[str, bytes], size: int) -> bytes:
    """A file system that MicroPython's VfsLfs2 mounts with its default settings."""
    system = LittleFS(
        block_size=SECTOR, block_count=size // SECTOR, read_size=32, prog_size=32, cache_size=128, lookahead_size=32
    )
    made = set()
    for name, data in sorted(files.items()):
        parts = name.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in made:
                system.mkdir(folder)
                made.add(folder)
        with system.open(name, "wb") as file:
            file.write(data)
    return bytes(system.context.buffer)


def dotted(name: str) -> str:
    """What a traceback calls a file: the module's name, which the interpreter holds anyway."""
    return name.removesuffix(".py").removesuffix("/__init__").removeprefix("lib/").replace("/", ".")


def deployed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files as they go onto the board: modules as byte code, which loads without the heap that compiling needs.

    boot.py and main.py stay source, since the chip runs them by these names.
    """
    result = {}
    for name, data in files.items():
        is_module = name.endswith(".py") and "/" in name
        result[name.removesuffix(".py") + ".mpy" if is_module else name] = (
            compile_module(data, dotted(name), 3) if is_module else data
        )
    return result


def _build(files: Mapping[str, bytes], table: Mapping[str, Region]) -> bytes:
    image = bytearray(b"\xff" * SIZE)
    image[TABLE_START : TABLE_START + _TABLE_SIZE] = partition_table(table.values())
    vfs = table["vfs"]
    image[vfs.start : vfs.start + vfs.size] = littlefs(deployed(files), vfs.size)
    return bytes(image)


def _digest(files: Mapping[str, bytes], table: Mapping[str, Region]) -> str:
    digest = hashlib.sha256(repr(sorted(table.values(), key=lambda region: region.start)).encode())
    digest.update(Path(__file__).read_bytes())
    for name, data in sorted(files.items()):
        digest.update(b"%s\0%d\0" % (name.encode(), len(data)))
        digest.update(data)
    return digest.hexdigest()[:20]


def flash_image(path: Path, files: Mapping[str, bytes] | None = None) -> Path:
    """Write a freshly flashed board's 4 MB to `path`; `files` stands in for the tree's when given."""
    files = tree_files() if files is None else files
    table = regions()
    cache = ROOT / "build" / "emulator" / f"flash-{_digest(files, table)}.bin"
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh = cache.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(_build(files, table))
        fresh.replace(cache)
    shutil.copyfile(cache, path)
    return path
