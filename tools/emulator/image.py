# SPDX-License-Identifier: MIT
"""Builds what flashing a board writes: bootloader and MicroPython, the partition table, the littlefs with the code.

The tree mirrors the board's file system: boot.py, main.py, firmware/ and lib/ are copied as they are.  A built image
is kept under build/ by the digest of its contents.  The emulated board runs the real MicroPython of the computer, so
its flash needs only a stand-in for the stock image: small, valid, and named after the interpreter that will run.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import struct
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from littlefs import LittleFS

from tools import esp_image
from tools.compiler import (
    fold_names,
    fold_shims,
    inline_constants,
    link_modules,
    link_walks,
    names,
    scopes,
    short_names,
)
from tools.compiler.fold_names import FoldNames, asked, programs
from tools.compiler.inline_constants import InlineConstants
from tools.compiler.link_modules import CORE, LinkModules, place
from tools.compiler.loose_strings import LooseStrings
from tools.compiler.short_names import ShortNames
from tools.emulator import rpc
from tools.emulator.bootloader import LOADER_START, TABLE_START
from tools.emulator.flash import SECTOR, SIZE
from tools.emulator.rom import compile_module
from tools.setup import micropython

ROOT = Path(__file__).parents[2]
_TABLE_SIZE = 0xC00
TABLE = ROOT / "tools" / "partitions.csv"
_ENTRY = struct.Struct("<HBBII16sI")
_ENTRY_MAGIC = 0x50AA
_MD5_MAGIC = b"\xeb\xeb" + b"\xff" * 14
_TYPES = {"app": 0, "data": 1}
_SUBTYPES = {"factory": 0x00, "phy": 0x01, "nvs": 0x02}
_TREE = ("boot.py", "main.py", "firmware", "lib")
_SUFFIXES = (".py", ".mpy", ".bin", ".txt", ".json")
STAMP = "version.txt"
_STEPS = (fold_names, fold_shims, inline_constants, link_modules, link_walks, names, scopes, short_names)
_DROM, _IRAM = 0x3F400020, 0x40080000
_RETURN = bytes.fromhex("364100 1df0 000000")  # entry a1, 32; retw.n


@dataclass(frozen=True)
class Region:
    """One partition."""

    label: str
    type: int
    subtype: int
    start: int
    size: int


def regions(path: Path = TABLE) -> dict[str, Region]:
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


def _brief(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The modules without what only people and type checkers read; boot.py and main.py as they are."""
    modules = InlineConstants({name: data for name, data in files.items() if name.endswith(".py")})
    plain = {name: modules.source(name) for name in files if name.endswith(".py")}
    short = ShortNames(plain)
    return {name: short.apply(source) if "/" in name else source for name, source in plain.items()}


def _is_code(name: str) -> bool:
    return name.endswith(".py") and "/" in name


_STAYING = (CORE, "firmware/flows/ready.py")  # loaded while everything else comes and goes


class _Tree:
    """The whole firmware on its way to byte code."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.link = LinkModules(_brief(files))
        self.sources = self.link.sources()
        self._fold = FoldNames(self.sources, asked())
        self._loose = LooseStrings([self._fold.apply(self.sources[name]) for name in _STAYING if name in self.sources])

    def compiled(self, name: str, source: bytes) -> bytes:
        source = self._fold.apply(source)
        return compile_module(source if name in _STAYING else self._loose.apply(source), dotted(name), 3)


def deployed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files as they go onto the board: modules as byte code, which loads without the heap that compiling needs.

    boot.py and main.py stay source, since the chip runs them by these names.
    """
    tree = _Tree(files)
    result = {
        name: tree.link.top(data) if name in tree.sources else data
        for name, data in files.items()
        if not _is_code(name)
    }
    for name, source in tree.sources.items():
        if _is_code(name):
            result[name.removesuffix(".py") + ".mpy"] = tree.compiled(name, source)
    return result


@cache
def _here() -> _Tree:
    return _Tree(tree_files())


def changed(path: str, source: bytes) -> tuple[str, bytes]:
    """One module of the tree with another source: its file on a board that has the tree, and the byte code."""
    tree = _here()
    link = LinkModules(_brief({**tree_files(), path: source}), like=tree.link)
    return placed(path), tree.compiled(place(path), link.sources()[place(path)])


def placed(name: str) -> str:
    """The file of a module's byte code."""
    return place(name).removesuffix(".py") + ".mpy"


def version() -> str:
    """The firmware's version, that of the project."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def stamp(files: Mapping[str, bytes]) -> bytes:
    """The file that makes a tree whole: the version, and a digest over all other files."""
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name} {hashlib.sha256(data).hexdigest()}\n".encode())
    return f"{version()}\n{digest.hexdigest()}\n".encode()


@dataclass(frozen=True)
class Firmware:
    """What runs MicroPython: the second-stage bootloader and the application."""

    bootloader: bytes
    app: bytes


def stand_in() -> Firmware:
    """For the emulated board, which runs the interpreter of the computer whatever the application is."""
    number = micropython.check(Path(rpc.find_interpreter()[0])).version
    built = esp_image.Descriptor("micropython", f"v{number}", "Jan 1 2026 00:00:00")
    banner = f"MicroPython v{number} on 2026-01-01; emulated ESP32 module\0".encode()
    code = (_IRAM, _RETURN)
    return Firmware(esp_image.build([code], _IRAM), esp_image.build([(_DROM, built.packed() + banner), code], _IRAM))


def release(firmware: Firmware, table: Mapping[str, Region]) -> bytes:
    """In the form in which MicroPython is released: one file to be written at 0x1000."""
    image = bytearray(b"\xff" * (table["factory"].start - LOADER_START))
    image[: len(firmware.bootloader)] = firmware.bootloader
    at = TABLE_START - LOADER_START
    image[at : at + _TABLE_SIZE] = partition_table(table.values())
    return bytes(image) + firmware.app


def merged(firmware: Firmware, files: Mapping[str, bytes], table: Mapping[str, Region]) -> bytes:
    """All 4 MB of a board ready to be provisioned; `files` as they go onto the file system, without their stamp."""
    image = bytearray(b"\xff" * SIZE)
    vfs = table["vfs"]
    parts = {
        LOADER_START: firmware.bootloader,
        TABLE_START: partition_table(table.values()),
        table["factory"].start: firmware.app,
        vfs.start: littlefs({**files, STAMP: stamp(files)}, vfs.size),
    }
    for start, data in parts.items():
        image[start : start + len(data)] = data
    return bytes(image)


def _digest(firmware: Firmware, files: Mapping[str, bytes], table: Mapping[str, Region]) -> str:
    digest = hashlib.sha256(repr(sorted(table.values(), key=lambda region: region.start)).encode())
    for source in (__file__, *[str(step.__file__) for step in _STEPS]):
        digest.update(Path(source).read_bytes())
    digest.update(firmware.bootloader + firmware.app + version().encode())
    digest.update(programs())
    for name, data in sorted(files.items()):
        digest.update(b"%s\0%d\0" % (name.encode(), len(data)))
        digest.update(data)
    return digest.hexdigest()[:20]


def flash_image(path: Path, files: Mapping[str, bytes] | None = None) -> Path:
    """Write a freshly flashed board's 4 MB to `path`; `files` stands in for the tree's when given."""
    files = tree_files() if files is None else files
    table, firmware = regions(), stand_in()
    cache = ROOT / "build" / "emulator" / f"flash-{_digest(firmware, files, table)}.bin"
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh = cache.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(merged(firmware, deployed(files), table))
        fresh.replace(cache)
    shutil.copyfile(cache, path)
    return path
