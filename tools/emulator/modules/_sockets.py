# SPDX-License-Identifier: MIT
"""The module `socket` but for its class."""

import _rpc
from micropython import const

_RESOLVE = const(85)
_EAI_FAIL = const(202)

AF_INET = 2
SOCK_STREAM = 1


def __getattr__(name: str) -> object:
    return _rpc.find("sockets_more", name)


def _resolve(host: str) -> bytes:
    address = _rpc.fetch(_RESOLVE, 0, host.encode())
    if not address:
        raise OSError(-_EAI_FAIL)
    return address


def getaddrinfo(
    host: str, port: int, af: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> "list[tuple[int, int, int, str, tuple[str, int]]]":
    return [(AF_INET, SOCK_STREAM, 0, host, (str(_resolve(host), "ascii"), int(port)))]
