# SPDX-License-Identifier: MIT
"""Methods of `network.WLAN` that a terminal does not use."""

import _rpc
import network
from micropython import const
from network import WLAN

_MAC = const(62)
_WLAN_CONFIG = const(74)
_QUERY = const(16)
_TX_POWER = const(4)
_SSID = const(21)
_WLAN_SCAN = const(76)
_WLAN_IFCONFIG = const(77)


def scan(self: WLAN) -> "list[tuple[bytes, bytes, int, int, int, bool]]":
    if not self.active():
        raise OSError("STA must be active")
    found = _rpc.fetch(_WLAN_SCAN)
    places = []
    while found:
        size, channel, rssi, security = _rpc.unpack(b"<BBbB", found)
        places.append((found[4 : 4 + size], found[4 + size : 10 + size], channel, rssi, security, False))
        found = found[10 + size :]
    return places


def _check_connect(*, bssid: object = None) -> None:
    """The other keywords of `connect`."""


def _set_config(name: str, value: object) -> None:
    if name in ("hostname", "dhcp_hostname"):
        network.hostname(value)
    elif name == "txpower":
        _rpc.call(_WLAN_CONFIG, _TX_POWER, int(value * 4))
    elif name == "mac":
        if len(value) != 6:
            raise ValueError("invalid buffer length")
    else:
        raise ValueError("unknown config param")


def _get_config(name: str) -> object:
    if name == "mac":
        return _rpc.fetch(_MAC)
    if name in ("ssid", "essid"):
        return str(_rpc.fetch(_WLAN_CONFIG, _SSID), "utf-8")
    if name in ("hostname", "dhcp_hostname"):
        return network.hostname()
    if name == "txpower":
        return _rpc.call(_WLAN_CONFIG, _QUERY | _TX_POWER) / 4
    if name == "ifname":
        return "st1"
    if name in ("hidden", "security", "authmode"):
        raise OSError("AP required")
    raise ValueError("unknown config param")


def ifconfig(self: WLAN) -> "tuple[str, ...]":
    return tuple(str(_rpc.fetch(_WLAN_IFCONFIG), "ascii").split())


def ipconfig(self: WLAN, name: str) -> object:
    address = ifconfig(self)
    return {"addr4": address[:2], "gw4": address[2], "dhcp4": True, "has_dhcp4": self.isconnected()}[name]
