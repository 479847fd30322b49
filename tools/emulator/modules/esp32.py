# SPDX-License-Identifier: MIT
"""`esp32` as on the ESP32: partitions of the flash, non-volatile storage, wake sources.

Reads go straight to the flash file, which costs no call, unless the board has bad ones in store or charges for them;
programs and erases are the board's, for it counts them and may cut the power.  More in `_esp32.py`, `_partition.py` ...
"""

import _rpc
from micropython import const

_FLASH_PROGRAM = const(31)
_FLASH_ERASE = const(32)
_BLOCK = const(4096)
_INVALID_ARG = const(0x102)
_INVALID_SIZE = const(0x104)
_ASK_BOARD = const(8)


def __getattr__(name: str) -> object:
    return _rpc.find("esp32", name)


def _check(result: int) -> int:
    return result if result >= 0 else _rpc.find("esp32", "_failed")(result)


class Partition:
    BOOT, RUNNING = 0, 1
    TYPE_APP, TYPE_DATA = 0, 1
    __init__ = _rpc.init  # no __getattr__: vfs.mount() takes AttributeError for a fault

    @staticmethod
    def find(*args: object, **kwargs: object) -> "list[Partition]":
        return _rpc.find("partition", "find")(*args, **kwargs)

    def info(self) -> "tuple[int, int, int, int, str, bool]":
        return _rpc.find("partition", "info")(self)

    def _place(self, block: int, offset: int, size: int) -> int:
        block = block * _BLOCK + offset
        if not 0 <= block <= self._size:
            _check(-_INVALID_ARG)
        if block + size > self._size:
            _check(-_INVALID_SIZE)
        return self._start + block

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        # Hundreds of calls for each file that is opened: few variables, for what has room on the C stack needs no heap.
        offset += block * _BLOCK
        if _rpc.answer[2] & _ASK_BOARD or offset < 0 or offset + len(buf) > self._size:
            _rpc.find("partition_read", "read")(self, offset, buf)
        else:
            _rpc.flash.seek(self._start + offset)
            _rpc.flash.readinto(buf)

    def writeblocks(self, block: int, buf: bytes, offset: "int | None" = None) -> None:
        block = self._place(block, offset or 0, len(buf))
        if offset is None:
            _check(_rpc.call(_FLASH_ERASE, block, len(buf)))
        _check(_rpc.call(_FLASH_PROGRAM, block, 0, buf))

    def ioctl(self, cmd: int, arg: int) -> "int | None":
        if cmd == 4:
            return self._size // _BLOCK
        if cmd == 5:
            return _BLOCK
        if cmd == 6:
            _check(_rpc.call(_FLASH_ERASE, self._place(arg, 0, _BLOCK), _BLOCK))
        return 0 if 0 < cmd < 7 else None


class NVS:
    __init__ = _rpc.init
    __getattr__ = _rpc.bind
