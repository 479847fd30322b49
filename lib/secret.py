# SPDX-License-Identifier: MIT
"""What every module that handles secrets needs: wiping a buffer and comparing without telling by time.

Secrets therefore live in bytearrays, never in str or bytes, which cannot be overwritten. What other modules copied of
them, cryptolib's key schedules for one, is garbage that lies where it was: `scrub` overwrites that.
"""

import gc

from micropython import const

_CHAINS = const(32)
_LEAST = const(16)  # bytes of a block
_SPARE = const(64)  # blocks left for callbacks that come in between


def wipe(buf: bytearray) -> None:
    """Overwrite `buf` with zeroes where it lies."""
    for i in range(len(buf)):
        buf[i] = 0


def is_equal(a: "bytes | bytearray | memoryview", b: "bytes | bytearray | memoryview") -> bool:
    """Compare in a time that depends on the lengths only."""
    if len(a) != len(b):
        return False
    difference = 0
    for i in range(len(a)):
        difference |= a[i] ^ b[i]
    return difference == 0


def _fill() -> None:
    """Take the free heap block by block; a loop of short chains, so that a word on the stack holds no long one."""
    used = gc.mem_alloc()
    chain: "tuple | None" = (gc,)  # one block of the collector's
    block = max(gc.mem_alloc() - used, _LEAST)
    chains = [chain] * _CHAINS
    for n in range(gc.mem_free() // block - _SPARE):
        chains[n % _CHAINS] = (chains[n % _CHAINS],)


def scrub() -> None:
    """Overwrite the heap that nobody holds, but for the last kilobyte; never makes it grow.

    The collector takes any word on the stack for an address, so single values may outlive it: wipe what you can.
    """
    gc.collect()
    _fill()
    gc.collect()
