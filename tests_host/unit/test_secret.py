# SPDX-License-Identifier: MIT
"""lib/secret.py on MicroPython: what an overwritten heap still holds, looked for in the memory of the process."""

from tests_host.marked import memory_of
from tests_host.unit.mp import MicroPython

_CODE = """
import gc
from secret import scrub

_kept = bytes(b"\\xf1" * 8 + b"kept" * 4)

def leave_garbage(mark, count):
    for number in range(count):
        bytes(mark)[1:] + b"."

def free():
    gc.collect()
    return gc.mem_free()
"""
_MARK = bytes(range(0xC0, 0xD8))


def test_e1_scrub_overwrites_what_nobody_holds() -> None:
    """E1: garbage is gone, what is in use stays, and so does the memory that is free."""
    with MicroPython(_CODE) as interpreter:
        interpreter.call("leave_garbage", _MARK, 100)
        before = interpreter.call("free")
        assert memory_of(interpreter.pid).count(_MARK[1:]) >= 100
        interpreter.call("scrub")
        assert (
            memory_of(interpreter.pid).count(_MARK[1:]) <= 2
        )  # the collector takes an old word on the stack for a use
        assert b"\xf1" * 8 + b"kept" in memory_of(interpreter.pid)
        assert abs(interpreter.call("free") - before) <= 128
