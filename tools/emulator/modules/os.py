# SPDX-License-Identifier: MIT
"""`os` as on the ESP32: the interpreter's own, but random bytes come from the board, whose seed makes them repeat."""

import _rpc
from micropython import const

_URANDOM = const(60)


def __getattr__(name: str) -> object:
    return _rpc.find("os", name)


def urandom(n: int) -> bytes:
    return _rpc.fetch(_URANDOM, n)
