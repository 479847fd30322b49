# SPDX-License-Identifier: MIT
"""Methods of `machine.I2C` that a terminal does not use."""

import _rpc
from machine import I2C
from micropython import const

_I2C_WRITE = const(20)
_I2C_READ = const(21)


def scan(self: I2C) -> "list[int]":
    return [address for address in range(8, 0x78) if _rpc.call(_I2C_WRITE, address) >= 0]


def writevto(self: I2C, addr: int, vector: "list[bytes]", stop: bool = True) -> int:
    return self.writeto(addr, b"".join(vector), stop)


def writeto_mem(self: I2C, addr: int, memaddr: int, buf: bytes) -> None:
    self.writeto(addr, bytes((memaddr,)) + buf)


def readfrom(self: I2C, addr: int, nbytes: int, stop: bool = True) -> bytes:
    data = bytearray(nbytes)
    readfrom_into(self, addr, data, stop)
    return bytes(data)


def readfrom_into(self: I2C, addr: int, buf: bytearray, stop: bool = True) -> None:
    result = _rpc.call(_I2C_READ, addr, len(buf), b"", buf)
    if result < 0:
        raise OSError(-result)
