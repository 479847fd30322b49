# SPDX-License-Identifier: MIT
"""`esp32.Partition.readblocks` where reads are not plain: out of range, bad ones in store, or charged for."""

import _rpc
from esp32 import Partition, _check
from micropython import const

_FLASH_READ = const(30)


def read(self: Partition, offset: int, buf: bytearray) -> None:
    """As `readblocks`, from a byte of the partition on."""
    _check(_rpc.call(_FLASH_READ, self._place(0, offset, len(buf)), len(buf), b"", buf))
