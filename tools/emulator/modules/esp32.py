# SPDX-License-Identifier: MIT
"""`esp32` as on the ESP32: partitions of the flash, non-volatile storage, wake sources.

Reads go straight to the flash file, which costs neither a call nor virtual time; programs and erases are the
board's, for it counts them and may cut the power in one.
"""

import struct

import _rpc
from machine import Pin
from micropython import const

_FLASH_PROGRAM = const(31)
_FLASH_ERASE = const(32)
_NVS_OPEN = const(40)
_NVS_GET_I32 = const(41)
_NVS_SET_I32 = const(42)
_NVS_GET_BLOB = const(43)
_NVS_SET_BLOB = const(44)
_NVS_COMMIT = const(46)
_EXT0 = const(59)
_TABLE = const(0x8000)
_ENTRY = const(32)
_MAGIC = const(0x50AA)
_BLOCK = const(4096)
_ENOENT = const(2)
_INVALID_SIZE = const(0x104)  # ESP_ERR_INVALID_SIZE
_ERRORS = const(
    b"""0102INVALID_ARG 0104INVALID_SIZE 1102NVS_NOT_FOUND 1103NVS_TYPE_MISMATCH 1105NVS_NOT_ENOUGH_SPACE
1106NVS_INVALID_NAME 1109NVS_KEY_TOO_LONG 110CNVS_INVALID_LENGTH """
)
_call = _rpc.call

WAKEUP_ALL_LOW = False
WAKEUP_ANY_HIGH = True


def _check(result: int) -> int:
    if result < 0:
        at = _ERRORS.find(b"%04X" % -result) + 4
        raise OSError(result, "ESP_ERR_" + str(_ERRORS[at:].split(None, 1)[0], "ascii"))
    return result


def wake_on_ext0(pin: "Pin | None" = None, level: bool = False) -> None:
    number = -1 if pin is None else Pin(pin).id
    if number not in (-1, 0, 2, 4, 12, 13, 14, 15, 25, 26, 27, 32, 33, 34, 35, 36, 39):
        raise ValueError("invalid pin")
    _call(_EXT0, number, 1 if level else 0)


class Partition:
    BOOT, RUNNING = 0, 1
    TYPE_APP, TYPE_DATA = 0, 1

    def __init__(self, id: "str | int") -> None:
        label = "factory" if isinstance(id, int) else id
        for entry in _entries():
            if entry[4] == label:
                self._info = entry
                return
        raise OSError(_ENOENT)

    @staticmethod
    def find(type: int = 0, subtype: int = 0xFF, label: "str | None" = None) -> "list[Partition]":
        return [
            Partition(entry[4])
            for entry in _entries()
            if entry[0] == type and subtype in (0xFF, entry[1]) and label in (None, entry[4])
        ]

    def info(self) -> "tuple[int, int, int, int, str, bool]":
        return self._info

    def _place(self, block: int, offset: int, size: int) -> int:
        start = block * _BLOCK + offset
        if start + size > self._info[3] or start < 0:
            _check(-_INVALID_SIZE)
        return self._info[2] + start

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        _rpc.flash.seek(self._place(block, offset, len(buf)))
        _rpc.flash.readinto(buf)

    def writeblocks(self, block: int, buf: bytes, offset: "int | None" = None) -> None:
        place = self._place(block, offset or 0, len(buf))
        if offset is None:
            _check(_call(_FLASH_ERASE, place, len(buf)))
        _check(_call(_FLASH_PROGRAM, place, 0, buf))

    def ioctl(self, cmd: int, arg: int) -> "int | None":
        if cmd == 4:
            return self._info[3] // _BLOCK
        if cmd == 5:
            return _BLOCK
        if cmd == 6:
            _check(_call(_FLASH_ERASE, self._place(arg, 0, _BLOCK), _BLOCK))
        return 0 if 0 < cmd < 7 else None


def _entries() -> "list[tuple[int, int, int, int, str, bool]]":
    flash = _rpc.flash
    flash.seek(_TABLE)
    entries = []
    while True:
        magic, kind, subtype, start, size, label, flags = struct.unpack("<HBBII16sI", flash.read(_ENTRY))
        if magic != _MAGIC:
            return entries
        entries.append((kind, subtype, start, size, str(label.rstrip(b"\0"), "ascii"), bool(flags & 1)))


class NVS:
    def __init__(self, namespace: str) -> None:
        self._space = _check(_call(_NVS_OPEN, 0, 0, namespace.encode()))

    def get_i32(self, key: str) -> int:
        found = bytearray(4)
        _check(_call(_NVS_GET_I32, self._space, 0, key.encode(), found))
        return struct.unpack("<i", found)[0]

    def set_i32(self, key: str, value: int) -> None:
        _check(_call(_NVS_SET_I32, self._space, value, key.encode()))

    def get_blob(self, key: str, buffer: bytearray) -> int:
        return _check(_call(_NVS_GET_BLOB, self._space, len(buffer), key.encode(), buffer))

    def set_blob(self, key: str, value: bytes) -> None:
        name = key.encode()
        _check(_call(_NVS_SET_BLOB, self._space, len(name), name + bytes(value)))

    def commit(self) -> None:
        _check(_call(_NVS_COMMIT, self._space))

    def __getattr__(self, name: str) -> object:
        return _rpc.cold("NVS", self, name)


def __getattr__(name: str) -> object:
    return _rpc.cold("esp32", None, name)
