# SPDX-License-Identifier: MIT
"""One MicroPython process over the firmware: the chip's files ahead on its path, the order as the first line it reads.

A process that says nothing for longer than its deadline is taken to hang and is ended.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections import deque
from pathlib import Path
from typing import Any, Final, Self

from tools.emulator.plain_tree import plain_tree
from tools.setup import micropython

SILENCE_S = 60.0
_LAST_LINES: Final = 20
_CHIP: Final = "tools/fuzz/chip"

_START: Final = """
import sys, vfs
vfs.umount("/")
vfs.mount(vfs.VfsPosix({top!r}), "/")
vfs.mount(vfs.VfsPosix({work!r}), "/work")
sys.path[:] = ["/{chip}", "/", ".frozen", "/lib"]
import json
order = json.loads(sys.stdin.readline())
__import__({module!r}).main(order)
"""


class DeviceError(Exception):
    """MicroPython ended, or fell silent."""


class Device:
    """A context manager. `heap` is a multiple of the chip's."""

    def __init__(self, module: str, order: dict[str, Any], work: Path, heap: float = 1) -> None:
        interpreter = micropython.find()
        code = _START.format(top=str(plain_tree(_CHIP)), work=str(work), chip=_CHIP, module=module)
        limit = round(heap * int(micropython.heap_limit(interpreter).removesuffix("k")))
        self._process = subprocess.Popen(
            [str(interpreter), "-X", f"heapsize={limit}k", "-c", code],
            cwd="/",
            env={name: value for name, value in os.environ.items() if name != "MICROPYPATH"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._buffer = b""
        self._said: deque[str] = deque(maxlen=_LAST_LINES)
        self.send(json.dumps(order))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def send(self, line: str) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise DeviceError("MicroPython ended: " + self._rest()) from None

    def read(self) -> str:
        """The next line."""
        assert self._process.stdout
        descriptor, silence_s = self._process.stdout.fileno(), SILENCE_S
        while b"\n" not in self._buffer:
            if not select.select([descriptor], [], [], silence_s)[0]:
                raise DeviceError(f"nothing for {silence_s:.0f} s")
            data = os.read(descriptor, 1 << 16)
            if not data:
                raise DeviceError("MicroPython ended: " + self._rest())
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        self._said.append(line.decode("utf-8", "replace"))
        return self._said[-1]

    def _rest(self) -> str:
        assert self._process.stdout
        rest = (self._buffer + (self._process.stdout.read() or b"")).decode("utf-8", "replace")
        text = "\n".join((*self._said, rest))[-2000:]  # a traceback has been read line by line
        return f"exit code {self._process.wait()} {text}"
