# SPDX-License-Identifier: MIT
"""The part of `esp32` that a terminal does not use."""

WAKEUP_ANY_HIGH = True
HEAP_DATA, HEAP_EXEC = 4, 1


def idf_heap_info(capabilities: int) -> "list[tuple[int, ...]]":
    return [(162000, 58000, 47000, 41000)]
