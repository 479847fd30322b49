# SPDX-License-Identifier: MIT
"""`socket` as on the ESP32: TCP to wherever the board's link leads.

Readiness comes with every answer of the board, so that polling costs nothing.  Errors are the `errno` names of the
port, with this interpreter's numbers.
"""

import io

import _rpc
from micropython import const

_WAIT = const(2)
_NEW = const(80)
_CONNECT = const(81)
_SEND = const(82)
_RECV = const(83)
_CLOSE = const(84)
_RESOLVE = const(85)
_EAGAIN = const(11)
_EINPROGRESS = const(115)
_ETIMEDOUT = const(110)
_POLL = const(3)
_CLOSE_REQUEST = const(4)
_call = _rpc.call
_answer = _rpc.answer

AF_INET, AF_INET6 = 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IP = 6, 17, 0
SOL_SOCKET, SO_REUSEADDR, SO_BROADCAST, SO_KEEPALIVE = 0xFFF, 4, 0x20, 8
TCP_NODELAY = 1


def getaddrinfo(host, port, af=0, type=0, proto=0, flags=0):
    address = _call(_RESOLVE, 0, 0, host.encode())
    if isinstance(address, int):
        raise OSError(address)
    return [(AF_INET, SOCK_STREAM, 0, host, (str(address, "ascii"), int(port)))]


class socket(io.IOBase):
    def __init__(self, af=2, type=1, proto=0):
        self._number = _number(_call(_NEW, type))
        self._timeout_ms = -1

    def fileno(self):
        return self._number

    def setblocking(self, flag):
        self._timeout_ms = -1 if flag else 0

    def settimeout(self, seconds):
        self._timeout_ms = -1 if seconds is None else int(seconds * 1000)

    def setsockopt(self, level, option, value):
        pass

    def _try(self, op, amount, data=b"", into=None):
        # A blocking socket waits for the board to say that something changed and tries again.
        result = _call(op, self._number, amount, data, into)
        if result == -_EAGAIN and self._timeout_ms:
            started = _answer[0]
            while result == -_EAGAIN:
                spent = (_answer[0] - started) & 0x3FFFFFFF
                if 0 <= self._timeout_ms <= spent:
                    return -_ETIMEDOUT
                _call(_WAIT, self._timeout_ms - spent if self._timeout_ms > 0 else -1)
                result = _call(op, self._number, amount, data, into)
        return result

    def connect(self, address):
        host, port = address
        ip = _call(_RESOLVE, 0, 0, host.encode())
        if isinstance(ip, int):
            raise OSError(ip)
        result = _call(_CONNECT, self._number, port, ip)
        if result == -_EINPROGRESS and self._timeout_ms:
            result = self._try(_SEND, 0)
        if result < 0:
            raise OSError(-result)

    def readinto(self, buf, size=-1):
        result = self._try(_RECV, len(buf), b"", buf)
        return None if result == -_EAGAIN else result

    def read(self, size=-1):
        if size < 0:
            data = b""
            while (part := self.read(512)) is not None and part:
                data += part
            return data
        buf = bytearray(size)
        result = self.readinto(buf)
        if result is None:
            return None
        return bytes(memoryview(buf)[: _number(result)])

    def recv(self, size):
        data = self.read(size)
        if data is None:
            raise OSError(_EAGAIN)
        return data

    def write(self, buf, size=-1):
        result = self._try(_SEND, 0, buf)
        return None if result == -_EAGAIN else result

    def send(self, buf):
        result = self.write(buf)
        if result is None:
            raise OSError(_EAGAIN)
        return _number(result)

    def sendall(self, buf):
        view = memoryview(buf)
        while view:
            view = view[self.send(view) :]

    def makefile(self, *args):
        return self

    def ioctl(self, request, argument):
        if request == _POLL:
            if self._number < 0:
                return 32
            state = _answer[2] >> 8 + self._number
            return argument & (state & 1 | state >> 6 & 4)
        if request == _CLOSE_REQUEST:
            if self._number >= 0:
                _call(_CLOSE, self._number)
                self._number = -1
            return 0
        return -22

    def close(self):
        self.ioctl(_CLOSE_REQUEST, 0)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def _number(result):
    if result < 0:
        raise OSError(-result)
    return result
