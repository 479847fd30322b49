# SPDX-License-Identifier: MIT
"""What the boot sequence needs once: file systems, the names of __main__, which programs run."""

import gc
import os
import random
import sys
import time

import _rpc
import esp32
import vfs
from micropython import const

_PROGRAM = const(6)
_SEED = const(7)
_CONSOLE_MODE = const(90)
_FILE = const(0x8000)


def prepare(space: "dict[str, object]") -> "str | None":
    """Mount the board's file system; returns the snippet to run instead of its programs."""
    sys.path[:] = ["", ".frozen", "/lib"]
    sys.argv[:] = []
    space.clear()
    space["__name__"] = "__main__"
    random.seed(_rpc.call(_SEED))
    program = _rpc.fetch(_PROGRAM)
    _mount()
    gc.collect()
    return str(program, "utf-8") if program else None


def _mount() -> None:
    part = esp32.Partition("vfs")
    try:
        vfs.mount(part, "/")
        return
    except OSError:
        pass
    sector = bytearray(4096)
    part.readblocks(0, sector)
    if sector == b"\xff" * 4096:  # freshly flashed: the port's initial setup
        print("Performing initial setup")
        vfs.VfsLfs2.mkfs(part)
        vfs.mount(part, "/")
        with open("boot.py", b"w") as file:
            file.write("# This file is executed on every boot (including wake-boot from deepsleep)\n")
        return
    while True:  # as the port does: main.py never runs
        print("The filesystem appears to be corrupted. If you had important data there, you")
        print("may want to make a flash snapshot to try to recover it.")
        time.sleep(3)


def exists(path: str) -> bool:
    """Is there such a program to run?  After a soft reset of the raw REPL, main.py does not (ports/esp32/main.c)."""
    if _rpc.call(_CONSOLE_MODE, 1) and path == "main.py":
        return False
    try:
        return os.stat(path)[0] == _FILE
    except OSError:
        return False
