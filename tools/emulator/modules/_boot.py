# SPDX-License-Identifier: MIT
"""Boot sequence of the emulated chip, after ports/esp32/main.c and its frozen `_boot.py`; see `_bootstrap.py`.

An exception that nothing catches ends this process, traceback and all; the board then goes on as a chip at its REPL.
"""

import asyncio.core as core
import gc
import os  # noqa: F401
import random
import socket  # noqa: F401
import sys
import time

import _rpc
import esp32
import network  # noqa: F401 - on the chip these are built in: loaded before the file system is
import vfs
from micropython import const

_WAIT = const(2)
_EXIT = const(5)
_PROGRAM = const(6)
_SEED = const(7)
_FORWARD_MS = const(1 << 27)

_NOT_POLLED = const(-1)
_IOCTL_POLL = const(3)
_READ_OR_WRITE = const(5)

_plain_wait = core.IOQueue.wait_io_event
_plain_enqueue = core.IOQueue._enqueue
_polled = _NOT_POLLED  # sockets' readiness at the last poll
_add = _rpc.native_time.ticks_add
_difference = _rpc.native_time.ticks_diff
# The task queue of asyncio is C code that stamps tasks made ready with the host's own clock.  The loop's clock must
# therefore run ahead of that one: whatever was stamped is then due at once, and nothing else is.
_ahead = _add(_rpc.native_time.ticks_ms(), _FORWARD_MS)


def _loop_ticks() -> int:
    return _add(_ahead, time.ticks_ms())


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
        elif type(stream).__name__ != "SSLSocket":
            return True
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
        if not task or _difference(task.ph_key, _loop_ticks()) > 0:
            _rpc.call(_WAIT, dt)
            _poll(queue)


def prepare() -> None:
    """Patch asyncio, leave the host's file system behind."""
    core.ticks = _loop_ticks
    core.ticks_add = _add
    core.ticks_diff = _difference
    core.IOQueue.wait_io_event = _wait_io_event
    core.IOQueue._enqueue = _enqueue
    vfs.umount("/.rom")  # what is loaded stays mapped
    vfs.umount("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    sys.argv[:] = []
    for name in ("_boot", "_rpc"):
        del sys.modules[name]
    random.seed(_rpc.call(_SEED))


def _mount() -> None:
    try:
        vfs.mount(esp32.Partition("vfs"), "/")
        return
    except OSError:
        pass
    while True:  # as the port does: main.py never runs
        print("The filesystem appears to be corrupted. If you had important data there, you")
        print("may want to make a flash snapshot to try to recover it.")
        time.sleep(3)


def _exists(path: str) -> bool:
    try:
        _rpc.native_os.stat(path)
    except OSError:
        return False
    return True


def start() -> None:
    """Never returns."""
    space = {"__name__": "__main__"}
    program = _rpc.fetch(_PROGRAM)
    _mount()
    gc.collect()
    if program:
        exec(str(program, "utf-8"), space)
        _rpc.call(_EXIT)
    for path in ("boot.py", "main.py"):
        if _exists(path):
            execfile(path, space)  # noqa: F821
    print("MicroPython " + sys.version.split("MicroPython ")[-1], 'Type "help()" for more information.', sep="\n")
    print(">>> ", end="")
    while True:
        _rpc.call(_WAIT, -1)
