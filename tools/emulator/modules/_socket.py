# SPDX-License-Identifier: MIT
"""Methods of `socket.socket`."""

from socket import socket

import _rpc
from micropython import const

_WAIT = const(2)
_SOCK_NEW = const(80)
_SOCK_CONNECT = const(81)
_SOCK_SEND = const(82)
_EAGAIN = const(11)
_EINPROGRESS = const(115)
_ETIMEDOUT = const(110)
_CLOSE_REQUEST = const(4)


def _taken(result: int) -> int:
    if result < 0:
        raise OSError(-result)
    return result


def __init__(self: socket, af: int = 2, type: int = 1, proto: int = 0) -> None:
    self.id = _taken(_rpc.call(_SOCK_NEW, type))
    self._timeout_ms = -1


def setblocking(self: socket, flag: bool) -> None:
    self._timeout_ms = -1 if flag else 0


def settimeout(self: socket, seconds: "float | None") -> None:
    self._timeout_ms = -1 if seconds is None else int(seconds * 1000)


def setsockopt(self: socket, layer: int, option: int, value: object) -> None:
    pass


def _again(
    self: socket, result: int, op: int, amount: int, data: bytes = b"", into: "bytearray | None" = None
) -> "int | None":
    """After a refusal: a blocking socket waits for the board to say that something changed and tries again."""
    timeout_ms = self._timeout_ms
    started = _rpc.answer[0]
    while result == -_EAGAIN and timeout_ms:
        spent = (_rpc.answer[0] - started) & 0x3FFFFFFF
        if 0 <= timeout_ms <= spent:
            raise OSError(_ETIMEDOUT)
        _rpc.call(_WAIT, timeout_ms - spent if timeout_ms > 0 else -1)
        result = _rpc.call(op, self.id, amount, data, bytearray(0) if into is None else into)
    return None if result == -_EAGAIN else _taken(result)


def connect(self: socket, address: "tuple[str, int]") -> None:
    result = _rpc.call(_SOCK_CONNECT, self.id, address[1], _rpc.find("sockets", "_resolve")(address[0]))
    if result == -_EINPROGRESS and self._timeout_ms:
        result = _again(self, _rpc.call(_SOCK_SEND, self.id), _SOCK_SEND, 0)
    _taken(result)


def read(self: socket, size: int = -1) -> "bytes | None":
    if size < 0:
        data = b""
        while part := read(self, 512):
            data += part
        return data
    buf = bytearray(size)
    result = self.readinto(buf)
    return None if result is None else bytes(memoryview(buf)[:result])


def recv(self: socket, size: int) -> bytes:
    data = read(self, size)
    if data is None:
        raise OSError(_EAGAIN)
    return data


def send(self: socket, buf: bytes) -> int:
    result = self.write(buf)
    if result is None:
        raise OSError(_EAGAIN)
    return result


def sendall(self: socket, buf: bytes) -> None:
    view = memoryview(buf)
    while view:
        view = view[send(self, view) :]


def close(self: socket) -> None:
    self.ioctl(_CLOSE_REQUEST, 0)
