# SPDX-License-Identifier: MIT
"""`network` as on the ESP32: the station interface; statuses are the port's, reasons ESP-IDF's."""

import _rpc
from micropython import const

_MAC = const(62)
_WLAN_ACTIVE = const(70)
_WLAN_CONNECT = const(71)
_WLAN_DISCONNECT = const(72)
_WLAN_STATUS = const(73)
_WLAN_CONFIG = const(74)
_ERRORS = ("Internal Error", "Not Started", "Internal Error", "Not Connected")
_call = _rpc.call
_fetch = _rpc.fetch

STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_WRONG_PASSWORD = 202


def _check(result: int) -> int:
    if result < 0:
        raise OSError("Wifi " + _ERRORS[-1 - result])
    return result


class WLAN:
    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = range(3)
    _settings = {"pm": 1, "reconnects": -1, "ssid": "", "channel": 6, "txpower": 20.0}

    def __init__(self, interface: int = 0) -> None:
        if interface not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        self._is_station = interface == 0

    def active(self, is_active: "bool | None" = None) -> bool:
        return self._is_station and bool(_call(_WLAN_ACTIVE, -1 if is_active is None else bool(is_active)))

    def connect(
        self, ssid: "str | bytes | None" = None, key: "str | bytes | None" = None, *, bssid: object = None
    ) -> None:
        target = b""
        if ssid is not None:
            target = bytes(ssid, "utf-8") if isinstance(ssid, str) else ssid
            WLAN._settings["ssid"] = str(target, "utf-8")
            target += b"\0" + (bytes(key, "utf-8") if isinstance(key, str) else key or b"")
        _check(_call(_WLAN_CONNECT, 0, 0, target))

    def disconnect(self) -> None:
        _check(_call(_WLAN_DISCONNECT))

    def isconnected(self) -> bool:
        return _call(_WLAN_STATUS) == STAT_GOT_IP

    def status(self, param: "str | None" = None) -> int:
        if param is None:
            return _call(_WLAN_STATUS)
        if param != "rssi":
            raise ValueError("unknown status param")
        rssi = _call(_WLAN_STATUS, 1)
        return rssi if rssi > -1000 else _check(-4)

    def config(self, *query: str, **settings: object) -> object:
        if query and settings:
            raise TypeError("either pos or kw args are allowed")
        if query == ("mac",):
            return _fetch(_MAC)
        for name in query or settings:
            if name not in WLAN._settings:
                raise ValueError("unknown config param")
        if query:
            return WLAN._settings[query[0]]
        WLAN._settings.update(settings)
        for number, name in enumerate(("reconnects", "pm")):
            if name in settings:
                _call(_WLAN_CONFIG, number, settings[name])

    def __getattr__(self, name: str) -> object:
        return _rpc.cold("WLAN", self, name)


def __getattr__(name: str) -> object:
    return _rpc.cold("network", None, name)
