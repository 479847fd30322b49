# SPDX-License-Identifier: MIT
"""`socket` as on the ESP32: TCP to wherever the board's link leads.

Readiness comes with every answer of the board, so that polling costs nothing.  Errors are the `errno` names of the
port, with this interpreter's numbers.
"""

import io

import _rpc
from micropython import const

_WAIT = const(2)
_SOCK_NEW = const(80)
_SOCK_CONNECT = const(81)
_SOCK_SEND = const(82)
_SOCK_RECV = const(83)
_SOCK_CLOSE = const(84)
_RESOLVE = const(85)
_EAGAIN = const(11)
_EINPROGRESS = const(115)
_ETIMEDOUT = const(110)
_POLL = const(3)
_CLOSE_REQUEST = const(4)
_EAI_FAIL = const(202)
_call = _rpc.call
_answer = _rpc.answer

AF_INET = 2
SOCK_STREAM = 1
IPPROTO_TCP = 6
SOL_SOCKET, SO_REUSEADDR, SO_KEEPALIVE = 0xFFF, 4, 8
TCP_NODELAY = 1


def getaddrinfo(
    host: str, port: int, af: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> "list[tuple[int, int, int, str, tuple[str, int]]]":
    return [(AF_INET, SOCK_STREAM, 0, host, (str(_resolve(host), "ascii"), int(port)))]


def _resolve(host: str) -> bytes:
    address = _rpc.fetch(_RESOLVE, 0, host.encode())
    if not address:
        raise OSError(-_EAI_FAIL)
    return address


def _taken(result: int) -> int:
    if result < 0:
        raise OSError(-result)
    return result


class socket(io.IOBase):
    def __init__(self, af: int = 2, type: int = 1, proto: int = 0) -> None:
        self._number = _taken(_call(_SOCK_NEW, type))
        self._timeout_ms = -1

    def setblocking(self, flag: bool) -> None:
        self._timeout_ms = -1 if flag else 0

    def settimeout(self, seconds: "float | None") -> None:
        self._timeout_ms = -1 if seconds is None else int(seconds * 1000)

    def setsockopt(self, level: int, option: int, value: object) -> None:
        pass

    def _try(self, op: int, amount: int, data: bytes = b"", into: bytearray = bytearray(0)) -> int:  # noqa: B008
        # A blocking socket waits for the board to say that something changed and tries again.
        result = _call(op, self._number, amount, data, into)
        started = _answer[0]
        while result == -_EAGAIN and self._timeout_ms:
            spent = (_answer[0] - started) & 0x3FFFFFFF
            if 0 <= self._timeout_ms <= spent:
                return -_ETIMEDOUT
            _call(_WAIT, self._timeout_ms - spent if self._timeout_ms > 0 else -1)
            result = _call(op, self._number, amount, data, into)
        return result

    def connect(self, address: "tuple[str, int]") -> None:
        result = _call(_SOCK_CONNECT, self._number, address[1], _resolve(address[0]))
        if result == -_EINPROGRESS and self._timeout_ms:
            result = self._try(_SOCK_SEND, 0)
        _taken(result)

    def readinto(self, buf: bytearray, size: int = -1) -> "int | None":
        result = self._try(_SOCK_RECV, len(buf), b"", buf)
        return None if result == -_EAGAIN else _taken(result)

    def read(self, size: int = -1) -> "bytes | None":
        if size < 0:
            data = b""
            while part := self.read(512):
                data += part
            return data
        buf = bytearray(size)
        result = self.readinto(buf)
        return None if result is None else bytes(memoryview(buf)[:result])

    def recv(self, size: int) -> bytes:
        data = self.read(size)
        if data is None:
            raise OSError(_EAGAIN)
        return data

    def write(self, buf: bytes, size: int = -1) -> "int | None":
        result = self._try(_SOCK_SEND, 0, buf)
        return None if result == -_EAGAIN else _taken(result)

    def send(self, buf: bytes) -> int:
        return _taken(self._try(_SOCK_SEND, 0, buf))

    def sendall(self, buf: bytes) -> None:
        view = memoryview(buf)
        while view:
            view = view[self.send(view) :]

    def ioctl(self, request: int, argument: int) -> int:
        if request == _POLL:
            if self._number < 0:
                return 32
            state = _answer[2] >> 8 + self._number
            return argument & (state & 1 | state >> 6 & 4)
        if request == _CLOSE_REQUEST:
            if self._number >= 0:
                _call(_SOCK_CLOSE, self._number)
                self._number = -1
            return 0
        return -22

    def close(self) -> None:
        self.ioctl(_CLOSE_REQUEST, 0)
