# SPDX-License-Identifier: MIT
"""Boot sequence of the emulated chip, after ports/esp32/main.c and its frozen `_boot.py`; see `_bootstrap.py`."""

import gc
import io
import random
import sys

import _rpc
import asyncio.core as core
import esp32
import machine
import network
import os  # noqa: F401
import socket  # noqa: F401
import time
import vfs
from micropython import const

_WAIT = const(2)
_EXIT = const(5)
_CODE = const(6)
_SEED = const(7)
_FORWARD_MS = const(1 << 27)

_plain_wait = core.IOQueue.wait_io_event
# The task queue of asyncio is C code that stamps tasks made ready with the host's own clock.  The loop's clock must
# therefore run ahead of that one: whatever was stamped is then due at once, and nothing else is.
_ahead = _rpc.native_time.ticks_add(_rpc.native_time.ticks_ms(), _FORWARD_MS)
_add = _rpc.native_time.ticks_add
_difference = _rpc.native_time.ticks_diff


def _loop_ticks():
    return _add(_ahead, time.ticks_ms())


def _wait_io_event(queue, dt):
    _plain_wait(queue, 0)
    if dt:
        task = core._task_queue.peek()
        if not task or _difference(task.ph_key, _loop_ticks()) > 0:
            _rpc.call(_WAIT, dt)
            _plain_wait(queue, 0)


def prepare():
    core.ticks = _loop_ticks
    core.ticks_add = _add
    core.ticks_diff = _difference
    core.IOQueue.wait_io_event = _wait_io_event
    vfs.umount("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    sys.argv[:] = []
    for name in ("_boot", "_rpc"):
        del sys.modules[name]
    random.seed(_rpc.call(_SEED))


def _mount():
    found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="vfs")
    try:
        vfs.mount(found[0], "/")
        return
    except (OSError, IndexError):
        pass
    while True:  # as the port does: main.py never runs
        print("The filesystem appears to be corrupted. If you had important data there, you")
        print("may want to make a flash snapshot to try to recover it.")
        time.sleep(3)


def _run(path, space):
    try:
        execfile(path, space)
    except OSError as error:
        if error.errno == 2 and not _exists(path):
            return True
        sys.print_exception(error)
        return False
    except SystemExit:
        machine.soft_reset()
    except BaseException as error:
        sys.print_exception(error)
        return False
    return True


def _exists(path):
    try:
        _rpc.native_os.stat(path)
    except OSError:
        return False
    return True


def _execute(code, space):
    try:
        exec(code, space)
    except SystemExit:
        pass
    except BaseException as error:
        text = io.StringIO()
        sys.print_exception(error, text)
        _rpc.call(_EXIT, 1, 0, text.getvalue().encode())
        return
    _rpc.call(_EXIT)


def start():
    space = {"__name__": "__main__"}
    code = _rpc.call(_CODE)
    _mount()
    gc.collect()
    if code:
        _execute(str(code, "utf-8"), space)
        return
    if _run("boot.py", space):
        _run("main.py", space)
    print("MicroPython " + sys.version.split("MicroPython ")[-1] + '\nType "help()" for more information.\n>>> ', end="")
    while True:
        _rpc.call(_WAIT, -1)
