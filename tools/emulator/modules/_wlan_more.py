# SPDX-License-Identifier: MIT
"""Methods of `network.WLAN` that a terminal does not use."""

import _rpc
from micropython import const
from network import WLAN

_WLAN_SCAN = const(76)
_WLAN_IFCONFIG = const(77)


def scan(self: WLAN) -> "list[tuple[bytes, bytes, int, int, int, bool]]":
    if not self.active():
        raise OSError("STA must be active")
    found = _rpc.fetch(_WLAN_SCAN)
    places = []
    while found:
        size, channel, rssi, security = _rpc.unpack("<BBbB", found)
        places.append((found[4 : 4 + size], found[4 + size : 10 + size], channel, rssi, security, False))
        found = found[10 + size :]
    return places


def ifconfig(self: WLAN) -> "tuple[str, ...]":
    return tuple(str(_rpc.fetch(_WLAN_IFCONFIG), "ascii").split())


def ipconfig(self: WLAN, name: str) -> object:
    address = ifconfig(self)
    return {"addr4": address[:2], "gw4": address[2], "dhcp4": True, "has_dhcp4": self.isconnected()}[name]
