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
    _rpc.call(_I2C_INIT, id | (scl.id if scl else 18) << 8 | (sda.id if sda else 19) << 16, freq)
