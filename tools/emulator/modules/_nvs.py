# SPDX-License-Identifier: MIT
"""Methods of `esp32.NVS` that read blobs: they are called when the heap is fullest."""

import _rpc
from esp32 import NVS, _check
from micropython import const

_NVS_OPEN = const(40)
_NVS_GET_BLOB = const(43)


def __getattr__(name: str) -> object:
    return _rpc.find("nvs_more", name)


def __init__(self: NVS, namespace: str) -> None:
    self._space = _check(_rpc.call(_NVS_OPEN, 0, 0, namespace.encode()))


def get_blob(self: NVS, key: str, buffer: bytearray) -> int:
    return _check(_rpc.call(_NVS_GET_BLOB, self._space, len(buffer), key.encode(), buffer))
