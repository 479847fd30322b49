# SPDX-License-Identifier: MIT
"""The ear of the bench console: gathers lines from the serial port. What answers `@name words` is on loan."""

import asyncio
import sys

from micropython import const

from firmware.loader import Loan

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.terminal import Terminal

LONGEST = const(96)
_AT = const(64)


async def _answer(t: "Terminal", line: memoryview) -> None:
    try:
        with Loan("firmware.bench.answer") as module:
            await module.answer(t, line)
    except MemoryError:
        print('{"error": "memory", "do": "ask again when the terminal is at rest"}')


async def run(t: "Terminal") -> None:
    """Task: for ever. A line that does not begin with @ is passed over."""
    stream = asyncio.StreamReader(sys.stdin.buffer)
    line = bytearray(LONGEST + 1)
    size = 0
    while True:
        byte = await stream.read(1)
        if not byte:  # nobody holds the other end
            await asyncio.sleep(1)
        elif byte not in b"\r\n":
            line[size] = byte[0]
            size = min(size + 1, LONGEST)
        elif size:
            if line[0] == _AT:
                await _answer(t, memoryview(line)[:size])
            size = 0
