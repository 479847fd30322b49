# SPDX-License-Identifier: MIT
"""`os` as on the ESP32: the interpreter's own, but random bytes come from the board, whose seed makes them repeat."""

import _rpc
from micropython import const

_URANDOM = const(60)

for _name in (
    "chdir",
    "getcwd",
    "ilistdir",
    "listdir",
    "mkdir",
    "remove",
    "rename",
    "rmdir",
    "stat",
    "statvfs",
    "unlink",
):
    globals()[_name] = getattr(_rpc.native_os, _name)
del _name


def urandom(n: int) -> bytes:
    return _rpc.fetch(_URANDOM, n)


def uname() -> "tuple[str, ...]":
    import sys

    release = ".".join(str(part) for part in sys.implementation.version[:3])
    return ("esp32", "esp32", release, "v" + release, "ESP32 module with ESP32")


def sync() -> None:
    pass
