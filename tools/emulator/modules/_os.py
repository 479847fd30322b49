# SPDX-License-Identifier: MIT
"""The seldom used part of `os`."""

import _rpc

_NATIVE = "VfsFat VfsLfs2 chdir getcwd ilistdir listdir mkdir mount remove rename rmdir stat statvfs umount unlink"


def __getattr__(name: str) -> object:
    if name in _NATIVE.split():
        return getattr(_rpc.native[0] if hasattr(_rpc.native[0], name) else _rpc.vfs, name)
    raise AttributeError(name)


def uname() -> "tuple[str, ...]":
    import sys

    release = ".".join(str(part) for part in sys.implementation.version[:3])
    return ("esp32", "esp32", release, "v" + release, "ESP32 module with ESP32")


def sync() -> None:
    pass
