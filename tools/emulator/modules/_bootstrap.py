# SPDX-License-Identifier: MIT
"""What ROM and bootloader do on the chip; run by the board as `_bootstrap.py <wire fd> <flash fd> <image> <bytes>`.

Maps the image of the shims into memory, where their byte code runs in place as built-in modules do on the chip, then
hands over to `_boot.py`, which mounts littlefs at '/' and runs boot.py and main.py.
"""

import sys

import ffi
import uctypes
import vfs

sys.path[:] = []
import os as _native_os  # noqa: E402
import time as _native_time  # noqa: E402

_READ = 1  # PROT_READ
_PRIVATE = 2  # MAP_PRIVATE


def _map() -> vfs.VfsRom:
    size = int(sys.argv[4])
    image = open(sys.argv[3], "rb")  # noqa: SIM115
    address = ffi.open("libc.so.6").func("P", "mmap", "PIiiii")(None, size, _READ, _PRIVATE, image.fileno(), 0)
    image.close()
    return vfs.VfsRom(uctypes.bytearray_at(address, size))


_rom = _map()
vfs.mount(_rom, "/.rom")
sys.path[:] = ["/.rom", ".frozen"]
import _rpc  # noqa: E402

_rpc.rom = _rom
_rpc.module = _rpc
_rpc.native_os = _native_os
_rpc.native_time = _native_time
import _boot  # noqa: E402

del _map
_boot.prepare()
_boot.start()
