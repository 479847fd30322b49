# SPDX-License-Identifier: MIT
"""`socket` as on the ESP32: TCP to wherever the board's link leads.

Readiness comes with every answer of the board, so that polling costs nothing.  Errors are the `errno` names of the
port, with this interpreter's numbers.  Here is what a connected socket needs; more in `_socket.py`, `_sockets.py`.
"""

import io

import _rpc
from micropython import const

_SOCK_SEND = const(82)
_SOCK_RECV = const(83)
_SOCK_CLOSE = const(84)
_EAGAIN = const(11)
_POLL = const(3)
_CLOSE_REQUEST = const(4)


def __getattr__(name: str) -> object:
    return _rpc.find("sockets", name)


class socket(io.IOBase):
    __init__ = _rpc.init
    __getattr__ = _rpc.bind

    def readinto(self, buf: bytearray, size: int = -1) -> "int | None":
        result = _rpc.call(_SOCK_RECV, self.id, len(buf), b"", buf)
        return result if result >= 0 else self._again(result, _SOCK_RECV, len(buf), b"", buf)

    def write(self, buf: bytes, size: int = -1) -> "int | None":
        result = _rpc.call(_SOCK_SEND, self.id, 0, buf)
        return result if result >= 0 else self._again(result, _SOCK_SEND, 0, buf)

    def ioctl(self, request: int, argument: int) -> int:
        if request == _POLL:
            if self.id < 0:
                return 32
            request = _rpc.answer[2] >> 8 + self.id
            return argument & (request & 1 | request >> 6 & 4)
        if request == _CLOSE_REQUEST:
            if self.id >= 0:
                _rpc.call(_SOCK_CLOSE, self.id)
                self.id = -1
            return 0
        return -22
