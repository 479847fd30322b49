# SPDX-License-Identifier: MIT
"""Further methods of `esp32.NVS`."""

import _rpc
from esp32 import NVS, _check
from micropython import const

_NVS_GET_I32 = const(41)
_NVS_SET_I32 = const(42)
_NVS_SET_BLOB = const(44)
_NVS_ERASE = const(45)
_NVS_COMMIT = const(46)


def erase_key(self: NVS, key: str) -> None:
    _check(_rpc.call(_NVS_ERASE, self._space, 0, key.encode()))


def get_i32(self: NVS, key: str) -> int:
    found = bytearray(4)
    _check(_rpc.call(_NVS_GET_I32, self._space, 0, key.encode(), found))
    return _rpc.unpack(b"<i", found)[0]


def set_i32(self: NVS, key: str, value: int) -> None:
    if not -(1 << 31) <= value < 1 << 31:
        raise OverflowError("overflow converting long int to machine word")
    _check(_rpc.call(_NVS_SET_I32, self._space, value, key.encode()))


def set_blob(self: NVS, key: str, value: bytes) -> None:
    name = key.encode()
    _check(_rpc.call(_NVS_SET_BLOB, self._space, len(name), name + bytes(value)))


def commit(self: NVS) -> None:
    _check(_rpc.call(_NVS_COMMIT, self._space))
