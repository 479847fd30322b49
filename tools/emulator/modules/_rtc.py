# SPDX-License-Identifier: MIT
"""Methods of `machine.RTC` that a terminal does not use."""

import _rpc
from micropython import const

_RTCMEM_GET = const(52)
_RTCMEM_SET = const(53)


def memory(self: object, data: "bytes | None" = None) -> "bytes | None":
    if data is None:
        return _rpc.fetch(_RTCMEM_GET)
    if len(data) > 2048:
        raise ValueError("buffer too long")
    _rpc.call(_RTCMEM_SET, 0, 0, data)
