# SPDX-License-Identifier: MIT
"""What ROM and bootloader do on the chip; run by the board as `_bootstrap.py <wire fd> <flash fd> <image> <bytes>`.

Maps the image of the shims into memory (PROT_READ, MAP_PRIVATE), where their byte code runs in place as built-in
modules do on the chip, then hands over to `_boot.py`.  Every name here stays on the heap, so there are few.
"""

import sys

sys.path[:] = []
import os  # noqa: E402
import time  # noqa: E402

import ffi  # noqa: E402
import uctypes  # noqa: E402
import vfs  # noqa: E402

file = open(sys.argv[3], "rb")  # noqa: SIM115
size = int(sys.argv[4])
image = ffi.open("libc.so.6").func("P", "mmap", "PIiiii")(None, size, 1, 2, file.fileno(), 0)
image = vfs.VfsRom(uctypes.bytearray_at(image, size))
vfs.mount(image, "/rom")
file.close()
sys.path[:] = ["/rom", ".frozen", ""]
__import__("_rpc").native = (os, time, image)
__import__("_boot").start(globals())
