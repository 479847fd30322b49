# SPDX-License-Identifier: MIT
"""Brings a board's file system to a given tree: only what changed, checked by digests that the board computes.

A tree counts as whole only with its stamp, which goes first and comes back last; main.py goes next and returns when all
else has been found right, so that a board left in the middle starts nothing. Repeating a deployment finishes it. All
the while a mark says that an update runs: the terminal shows it, and stays locked for as long as the mark is there.
"""

import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Final

from tools.emulator.image import STAMP, stamp
from tools.errors import RefusedError
from tools.flashing.stock import range_in_words, supported
from tools.provision import Transport, tidy

Progress = Callable[[str, int, int], None]
"""Told (file that is being copied, bytes done, bytes to do)."""

_MAIN: Final = "main.py"
UPDATING: Final = "updating.txt"  # firmware/flows/power_on.py looks for it
_BLOCK: Final = 4096
_PIECE: Final = 4096  # bytes of a file in one snippet
_WINDOW_BITS: Final = 12
_FULL: Final = "ENOSPC"
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
_TAKE: Final = """
import os
from binascii import a2b_base64
from deflate import ZLIB, DeflateIO
from io import BytesIO
def take(path, is_first, is_last, data):
    global file
    if is_first:
        at = path.find("/")
        while at > 0:
            try:
                os.mkdir(path[:at])
            except OSError as fault:
                if fault.errno != 17:
                    raise
            at = path.find("/", at + 1)
        file = open(path + ".new", "wb")
    with DeflateIO(BytesIO(a2b_base64(data)), ZLIB) as plain:
        file.write(plain.read())
    if is_last:
        file.close()
        os.rename(path + ".new", path)
"""
_BEGIN: Final = tidy(f"""
def work():
    try:
        open({UPDATING!r}, "w").close()
        from firmware import service_screen
        service_screen.show_update()
    except Exception:
        pass  # nothing of ours is there yet, an older version, or no room for a mark
work()
""")
_END: Final = f"""
import os
try:
    os.remove({UPDATING!r})
except OSError:
    pass  # there was none
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


@dataclass(frozen=True)
class Outcome:
    copied: int
    removed: int
    version: str


def _probe(board: Transport, mpy: int | None) -> int:
    """Bytes of the file system; RefusedError when this tree cannot run on what is there."""
    answer = board.exec(_PROBE).strip()
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


def _survey(board: Transport) -> dict[str, str]:
    """Digest by path of every file on the board, without the mark of an update."""
    found = {}
    for line in board.exec(_SURVEY).splitlines():
        digest, _, path = line.partition(" ")
        found[path] = digest
    found.pop(UPDATING, "")
    return found


def _rounded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _check_room(files: Mapping[str, bytes], total: int) -> None:
    """littlefs needs whole blocks, some for folders, and both versions of a file while it is replaced."""
    needed = sum(_rounded(len(data)) for data in files.values()) + _rounded(max(map(len, files.values())))
    needed += 2 * _BLOCK * (len({path.rpartition("/")[0] for path in files}) + 1)
    if needed > total:
        raise RefusedError(f"the board's file system is too small: {total >> 10} KiB, {needed >> 10} KiB are needed")


def _pieces(data: bytes) -> Iterator[tuple[int, str]]:
    """End of each piece, and the piece deflated with a window that a small heap has room for, in base64."""
    for at in range(0, max(len(data), 1), _PIECE):
        piece = data[at : at + _PIECE]
        packer = zlib.compressobj(9, wbits=_WINDOW_BITS)
        yield at + len(piece), b64encode(packer.compress(piece) + packer.flush()).decode()


def _put(board: Transport, path: str, data: bytes, progress: Callable[[int], None]) -> None:
    """A file replaces an older one whole, or not at all."""
    is_first = True
    for end, packed in _pieces(data):
        try:
            board.exec(f"take({path!r}, {is_first}, {end >= len(data)}, {packed!r})")
        except RefusedError as fault:
            if _FULL in str(fault):
                raise RefusedError(f"the board's file system is full at {path}; 'make flash' empties it") from None
            raise
        is_first = False
        progress(end)


def _copy(board: Transport, files: Mapping[str, bytes], progress: Progress, before: int = 0, after: int = 0) -> int:
    """`before`, `after`: bytes that are copied at other times; returns what is done now."""
    board.exec(_TAKE)
    done = before
    total = done + sum(map(len, files.values())) + after
    for path, data in files.items():
        _put(board, path, data, partial(_told, progress, path, done, total))
        done += len(data)
    return done


def _told(progress: Progress, path: str, before: int, total: int, done: int) -> None:
    progress(path, before + done, total)


def _verify(board: Transport, wanted: Mapping[str, str]) -> None:
    found = _survey(board)
    wrong = sorted(path for path in {*found, *wanted} if found.get(path) != wanted.get(path))
    if wrong:
        raise RefusedError(f"{wrong[0]} on the board is not what was copied; deploy again")


def _clear(board: Transport, found: Mapping[str, str], wanted: Mapping[str, str]) -> int:
    """Takes away what makes the old tree whole, then what no longer belongs; how many files that were."""
    stale = [path for path in found if path not in wanted and path != STAMP]
    going = [path for path in (STAMP, _MAIN) if path in found] + [path for path in stale if path != _MAIN]
    for path in going:
        board.exec(f"import os\nos.remove({path!r})")
    board.exec(_PRUNE)
    return len(stale)


def deploy(board: Transport, files: Mapping[str, bytes], mpy: int | None, progress: Progress) -> Outcome:
    """Make the board hold `files` and their stamp, nothing else. `mpy`: version of the byte code among them."""
    total = _probe(board, mpy)
    wanted = {path: sha256(data).hexdigest() for path, data in files.items()}
    mark = stamp(files)
    whole = {**wanted, STAMP: sha256(mark).hexdigest()}
    version = mark.decode().split()[0]
    found = _survey(board)
    if found == whole:
        board.exec(_END)
        return Outcome(0, 0, version)
    _check_room(files, total)
    board.exec(_BEGIN)
    removed = _clear(board, found, wanted)
    fresh = {path: data for path, data in files.items() if path != _MAIN and found.get(path) != wanted[path]}
    last = {_MAIN: files[_MAIN], STAMP: mark}
    done = _copy(board, fresh, progress, after=sum(map(len, last.values())))
    _verify(board, {path: digest for path, digest in wanted.items() if path != _MAIN})
    _copy(board, last, progress, before=done)
    _verify(board, whole)
    board.exec(_END)
    return Outcome(len(fresh) + (found.get(_MAIN) != wanted[_MAIN]), removed, version)
