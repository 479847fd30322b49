# SPDX-License-Identifier: MIT
"""Methods of `esp32.NVS` that a terminal does not use."""

import _rpc
from esp32 import NVS, _check
from micropython import const

_NVS_ERASE = const(45)


def erase_key(self: NVS, key: str) -> None:
    _check(_rpc.call(_NVS_ERASE, self._space, 0, key.encode()))
