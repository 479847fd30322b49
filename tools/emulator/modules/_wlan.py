# SPDX-License-Identifier: MIT
"""Methods of `network.WLAN`."""

import _rpc
from micropython import const
from network import WLAN

_WLAN_ACTIVE = const(70)
_WLAN_CONNECT = const(71)
_WLAN_DISCONNECT = const(72)
_WLAN_CONFIG = const(74)
_QUERY = const(16)
_NUMBERS = ("reconnects", "pm", "channel", "protocol")  # as the board counts them
_OF_ACCESS_POINT = "ssid essid hidden security authmode key password max_clients"


def __getattr__(name: str) -> object:
    return _rpc.find("wlan_more", name)


def _check(self: WLAN, result: int) -> int:
    """The result of a call, or OSError."""
    if result < 0:
        raise OSError(("Wifi Internal Error", "Wifi Not Started", "", "Wifi Not Connected")[-1 - result])
    return result


def __init__(self: WLAN, interface: int = 0) -> None:
    if interface not in (0, 1):
        raise ValueError("invalid WLAN interface identifier")
    self._is_station = interface == 0


def active(self: WLAN, is_active: "bool | None" = None) -> bool:
    return self._is_station and bool(_rpc.call(_WLAN_ACTIVE, -1 if is_active is None else bool(is_active)))


def connect(
    self: WLAN, ssid: "str | bytes | None" = None, key: "str | bytes | None" = None, **settings: object
) -> None:
    if settings:
        _rpc.find("wlan_more", "_check_connect")(**settings)
    target = b""
    if ssid is not None:
        target = bytes(ssid, "utf-8") if isinstance(ssid, str) else ssid
        target += b"\0" + (bytes(key, "utf-8") if isinstance(key, str) else key or b"")
    _check(self, _rpc.call(_WLAN_CONNECT, 0, 0, target))


def disconnect(self: WLAN) -> None:
    _check(self, _rpc.call(_WLAN_DISCONNECT))


def config(self: WLAN, *query: str, **settings: object) -> object:
    if query and settings:
        raise TypeError("either pos or kw args are allowed")
    for name, value in settings.items():
        if name in _OF_ACCESS_POINT.split():
            raise OSError("AP required")
        if name not in _NUMBERS:
            return _rpc.find("wlan_more", "_set_config")(name, value)
        _rpc.call(_WLAN_CONFIG, _NUMBERS.index(name), value)
    if settings:
        return None
    if len(query) != 1:
        raise TypeError("can query only one param")
    if query[0] not in _NUMBERS:
        return _rpc.find("wlan_more", "_get_config")(query[0])
    return _rpc.call(_WLAN_CONFIG, _QUERY | _NUMBERS.index(query[0]))
