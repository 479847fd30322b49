# SPDX-License-Identifier: MIT
"""What every module that handles secrets needs: wiping a buffer and comparing without telling by time.

Secrets therefore live in bytearrays, never in str or bytes, which cannot be overwritten.
"""


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
