# SPDX-License-Identifier: MIT
"""What ROM and bootloader do on the chip; run by the board with `argv` = wire, flash and image (files), its bytes.

Maps the image of the shims into memory (PROT_READ, MAP_PRIVATE), where their byte code runs in place as built-in
modules do on the chip, loads those that are built in there, and hands over to `_boot.py`.  Every name and every short
string here stays on the heap, hence the bytes.
"""

import sys

sys.path[:] = []
import os  # noqa: E402
import time  # noqa: E402

import ffi  # noqa: E402
import uctypes  # noqa: E402
import vfs  # noqa: E402

vfs.umount("/")  # the computer's
address = ffi.open(b"libc.so.6").func(str(b"P", "utf-8"), b"mmap", str(b"ssssss", "utf-8"))
image = vfs.VfsRom(uctypes.bytearray_at(address(None, argv[3], 1, 2, argv[2], 0), argv[3]))  # noqa: F821
sys.argv[:] = (argv[0], argv[1], os, time, image)  # noqa: F821
sys.path[:] = ["", ".frozen"]
for name in ("_rpc", "time", "os", "socket", "esp32", "machine", "network"):
    vfs.mount(vfs.VfsRom(image.open(name, "rb")), "/lib")
    part = __import__("/lib/r")
    vfs.umount("/lib")
    del sys.modules["/lib/r"]
    del part.__file__
    part.__name__ = name
    sys.modules[name] = part
import _rpc  # noqa: E402

_rpc.find("boot", "start")(globals())
