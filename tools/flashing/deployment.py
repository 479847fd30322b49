# SPDX-License-Identifier: MIT
"""Brings a board's file system to a given tree: only what changed, checked by digests that the board computes.

A tree counts as whole only with its stamp, which goes first and comes back last; main.py goes next and returns when all
else has been found right, so that a board left in the middle starts nothing. Repeating a deployment finishes it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from tools.emulator.image import STAMP, stamp
from tools.errors import RefusedError
from tools.flashing.stock import range_in_words, supported

Progress = Callable[[str, int, int], None]
"""Told (file that is being copied, bytes done, bytes to do)."""

_MAIN: Final = "main.py"
_BLOCK: Final = 4096
_PROBE: Final = """
import json, sys, os, esp32
table = [part.info()[4] for part in esp32.Partition.find(esp32.Partition.TYPE_DATA)]
name, version = sys.implementation[0], sys.implementation[1][:3]
print(json.dumps([name, version, getattr(sys.implementation, "_mpy", 0), table, os.statvfs("/")[:4]]))
"""
_SURVEY: Final = """
import hashlib, os
from binascii import hexlify
room = bytearray(1024)
def walk(folder):
    for entry in os.ilistdir(folder or "/"):
        path = folder + "/" + entry[0]
        if entry[1] == 0x4000:
            walk(path)
            continue
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            while True:
                size = file.readinto(room)
                if not size:
                    break
                digest.update(memoryview(room)[:size])
        print(hexlify(digest.digest()).decode(), path[1:])
walk("")
"""
_PRUNE: Final = """
import os
def prune(folder):
    left = 0
    for entry in os.ilistdir(folder or "/"):
        if entry[1] == 0x4000:
            left += prune(folder + "/" + entry[0])
        else:
            left += 1
    if folder and not left:
        os.rmdir(folder)
    return left
prune("")
"""


class Target(Protocol):
    """A board at its REPL; `tools.serial_board.SerialBoard` is one."""

    def exec(self, code: str) -> str: ...

    def put(self, path: str, data: bytes) -> None: ...

    def remove(self, path: str) -> None: ...


@dataclass(frozen=True)
class Outcome:
    copied: int
    removed: int
    version: str


def _probe(target: Target, mpy: int | None) -> int:
    """Bytes of the file system; RefusedError when this tree cannot run on what is there."""
    answer = target.exec(_PROBE).strip()
    try:
        name, version, board_mpy, table, (block, _, blocks, _) = json.loads(answer.splitlines()[-1])
    except (ValueError, IndexError):
        raise RefusedError("the board does not answer as MicroPython on an ESP32 does") from None
    number = ".".join(map(str, version))
    if name != "micropython" or not supported((version[0], version[1])):
        raise RefusedError(f"the board runs {name} {number}; this firmware runs on MicroPython {range_in_words()}")
    if mpy is not None and board_mpy & 0xFF != mpy:
        wants = f"MicroPython {number} loads byte code of version {board_mpy & 0xFF}, ours is of version {mpy}"
        raise RefusedError(f"{wants}: deploy as source (SOURCE=1), or flash a MicroPython of {range_in_words()}")
    if "journal" not in table or "vfs" not in table:
        raise RefusedError("the board has another partition table; 'make flash' gives it ours")
    return int(block * blocks)


def _survey(target: Target) -> dict[str, str]:
    """Digest by path of every file on the board."""
    found = {}
    for line in target.exec(_SURVEY).splitlines():
        digest, _, path = line.partition(" ")
        found[path] = digest
    return found


def _rounded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _check_room(files: Mapping[str, bytes], total: int) -> None:
    """littlefs needs whole blocks, some for folders, and both versions of a file while it is replaced."""
    needed = sum(_rounded(len(data)) for data in files.values()) + _rounded(max(map(len, files.values())))
    needed += 2 * _BLOCK * (len({path.rpartition("/")[0] for path in files}) + 1)
    if needed > total:
        raise RefusedError(f"the board's file system is too small: {total >> 10} KiB, {needed >> 10} KiB are needed")


def _copy(target: Target, files: Mapping[str, bytes], progress: Progress) -> None:
    total, done = sum(map(len, files.values())), 0
    for path, data in files.items():
        progress(path, done, total)
        target.put(path, data)
        done += len(data)
    progress("", done, total)


def _verify(target: Target, wanted: Mapping[str, str]) -> None:
    found = _survey(target)
    wrong = sorted(path for path in {*found, *wanted} if found.get(path) != wanted.get(path))
    if wrong:
        raise RefusedError(f"{wrong[0]} on the board is not what was copied; deploy again")


def _clear(target: Target, found: Mapping[str, str], wanted: Mapping[str, str]) -> int:
    """Takes away what makes the old tree whole, then what no longer belongs; how many files that were."""
    stale = [path for path in found if path not in wanted]
    for path in (STAMP, _MAIN):
        if path in found:
            target.remove(path)
    for path in stale:
        if path != STAMP:
            target.remove(path)
    target.exec(_PRUNE)
    return len(stale) - (STAMP in stale)


def deploy(target: Target, files: Mapping[str, bytes], mpy: int | None, progress: Progress) -> Outcome:
    """Make the board hold `files` and their stamp, nothing else. `mpy`: version of the byte code among them."""
    total = _probe(target, mpy)
    wanted = {path: sha256(data).hexdigest() for path, data in files.items()}
    mark = stamp(files)
    whole = {**wanted, STAMP: sha256(mark).hexdigest()}
    version = mark.decode().split()[0]
    found = _survey(target)
    if found == whole:
        return Outcome(0, 0, version)
    _check_room(files, total)
    removed = _clear(target, found, wanted)
    fresh = {path: data for path, data in files.items() if path != _MAIN and found.get(path) != wanted[path]}
    _copy(target, fresh, progress)
    _verify(target, {path: digest for path, digest in wanted.items() if path != _MAIN})
    target.put(_MAIN, files[_MAIN])
    target.put(STAMP, mark)
    _verify(target, whole)
    return Outcome(len(fresh) + (found.get(_MAIN) != wanted[_MAIN]), removed, version)
