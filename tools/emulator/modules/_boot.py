# SPDX-License-Identifier: MIT
"""Boot sequence of the emulated chip, after ports/esp32/main.c and its frozen `_boot.py`; see `_bootstrap.py`.

Mounts littlefs at '/', runs boot.py and main.py, keeps asyncio on the board's clock, and goes on as the REPL.
"""

import asyncio.core as core
import time

import _rpc
from micropython import const

_WAIT = const(2)
_EXIT = const(5)
_FORWARD_MS = const(1 << 27)
_NOT_POLLED = const(-1)
_IOCTL_POLL = const(3)
_READ_OR_WRITE = const(5)

_plain_wait = core.IOQueue.wait_io_event
_plain_enqueue = core.IOQueue._enqueue
_polled = _NOT_POLLED  # sockets' readiness at the last poll
# The task queue of asyncio is C code that stamps tasks made ready with the host's own clock.  The loop's clock must
# therefore run ahead of that one: whatever was stamped is then due at once, and nothing else is.
_ahead = core.ticks_add(core.ticks(), _FORWARD_MS)


def _loop_ticks() -> int:
    return core.ticks_add(_ahead, time.ticks_ms())


def _enqueue(queue: core.IOQueue, stream: object, index: int) -> None:
    global _polled
    _polled = _NOT_POLLED
    _plain_enqueue(queue, stream, index)


def _may_be_ready(queue: core.IOQueue) -> bool:
    """A stream over TLS has new answers only to a new question or when a socket's readiness has changed."""
    for key in queue.map:
        stream = queue.map[key][2]
        if hasattr(stream, "ioctl"):
            if stream.ioctl(_IOCTL_POLL, _READ_OR_WRITE):
                return True
        elif type(stream).__name__ != "SSLSocket" and _rpc.answer[2] & 2:
            return True  # the console, whose bytes the board announces; there are no others
    return _polled != _rpc.answer[2] >> 8


def _poll(queue: core.IOQueue) -> None:
    """Poll without waiting; only when it may find something, for the unix port's poll() takes 1 ms of real time as soon
    as one stream is no file descriptor."""
    global _polled
    if _may_be_ready(queue):
        _polled = _rpc.answer[2] >> 8
        _plain_wait(queue, 0)


def _wait_io_event(queue: core.IOQueue, dt: int) -> None:
    _poll(queue)
    if dt:
        task = core._task_queue.peek()
        if not task or core.ticks_diff(task.ph_key, _loop_ticks()) > 0:
            _rpc.call(_WAIT, dt)
            _poll(queue)


core.ticks = _loop_ticks
core.IOQueue.wait_io_event = _wait_io_event
core.IOQueue._enqueue = _enqueue


def start(space: "dict[str, object]") -> None:
    """Never returns.  `space` is the dictionary of __main__."""
    program = _rpc.find("start", "prepare")(space)
    if program:
        exec(program, space)
        _rpc.call(_EXIT)
    try:
        for path in ("boot.py", "main.py"):
            if _rpc.find("start", "exists")(path):
                execfile(path, space)  # noqa: F821
    except BaseException as fault:  # noqa: BLE001  the port's own outlet
        _rpc.find("idle", "print_exception")(fault)
    _rpc.find("idle", "idle")(space)
