# SPDX-License-Identifier: MIT
"""TCP connections for asyncio whose socket is closed when nothing comes of them, not when the collector finds it.

`asyncio.open_connection` loses sight of a socket that it fails to connect. An ESP32 has a few of them only.
"""

import asyncio
import select
import socket
import time
from errno import EINPROGRESS

from micropython import const

_LOOK_MS = const(10)


def _begin(made: "socket.socket", address: str, port: int) -> None:
    made.setblocking(False)
    try:
        made.connect(socket.getaddrinfo(address, port, 0, socket.SOCK_STREAM)[0][-1])
    except OSError as fault:
        if fault.errno != EINPROGRESS:
            raise


async def connect(address: str, port: int, timeout_ms: int) -> "socket.socket":
    """A socket that does not block, with its connection made or refused: what was refused is told when it is used.

    OSError when nothing can be sent to the address; asyncio.TimeoutError when no answer comes in `timeout_ms`.
    """
    made = socket.socket()
    is_done = False
    try:
        _begin(made, address, port)
        poller = select.poll()
        poller.register(made, select.POLLOUT)
        start = time.ticks_ms()
        while not poller.poll(0):
            if time.ticks_diff(time.ticks_ms(), start) >= timeout_ms:
                raise asyncio.TimeoutError
            await asyncio.sleep_ms(_LOOK_MS)
        is_done = True
        return made
    finally:
        if not is_done:
            made.close()
