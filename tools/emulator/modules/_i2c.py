# SPDX-License-Identifier: MIT
"""How `machine.I2C` is made."""

import _rpc
from machine import I2C, Pin
from micropython import const

_I2C_INIT = const(22)


def __getattr__(name: str) -> object:
    return _rpc.find("i2c_more", name)


def __init__(
    self: I2C,
    id: int = 0,
    *,
    scl: "Pin | None" = None,
    sda: "Pin | None" = None,
    freq: int = 400000,
    timeout: int = 50000,
) -> None:
    if id not in (0, 1):
        raise ValueError("I2C(%d) doesn't exist" % id)
    clock, data = ((18, 19), (25, 26))[id]
    clock, data = clock if scl is None else Pin(scl).id, data if sda is None else Pin(sda).id
    _rpc.call(_I2C_INIT, id | clock << 8 | data << 16, freq)
