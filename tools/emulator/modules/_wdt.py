# SPDX-License-Identifier: MIT
"""Methods of `machine.WDT`."""

import _rpc
from machine import WDT
from micropython import const

_WDT = const(56)


def __init__(self: WDT, id: int = 0, timeout: int = 5000) -> None:
    if id:
        raise ValueError
    if timeout <= 0:
        raise ValueError("WDT timeout too short")
    _rpc.call(_WDT, timeout)
