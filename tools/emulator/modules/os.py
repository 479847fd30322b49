# SPDX-License-Identifier: MIT
"""`os` as on the ESP32: the interpreter's own, but random bytes come from the board, whose seed makes them repeat."""

import _rpc

for _name in (
    "chdir getcwd ilistdir listdir mkdir remove rename rmdir stat statvfs unlink "
    "mount umount VfsLfs2 VfsFat"
).split():
    if hasattr(_rpc.native_os, _name):
        globals()[_name] = getattr(_rpc.native_os, _name)


def urandom(n):
    return _rpc.call(60, n) or b""


def uname():
    import sys

    release = ".".join(str(part) for part in sys.implementation.version[:3])
    return ("esp32", "esp32", release, "v" + release, "ESP32 module with ESP32")


def sync():
    pass


def dupterm(stream, index=0):
    return None
