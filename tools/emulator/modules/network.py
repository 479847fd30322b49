# SPDX-License-Identifier: MIT
"""`network` as on the ESP32: the station interface; statuses are the port's, reasons ESP-IDF's."""

import struct

import _rpc
from micropython import const

_MAC = const(62)
_WLAN_ACTIVE = const(70)
_WLAN_CONNECT = const(71)
_WLAN_DISCONNECT = const(72)
_WLAN_STATUS = const(73)
_WLAN_CONFIG = const(74)
_WLAN_SCAN = const(76)
_WLAN_IFCONFIG = const(77)
_ERRORS = ("Internal Error", "Not Started", "Internal Error", "Not Connected")
_call = _rpc.call
_fetch = _rpc.fetch

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_BEACON_TIMEOUT, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = 200, 201, 202
STAT_ASSOC_FAIL, STAT_HANDSHAKE_TIMEOUT = 203, 204
_names = {"hostname": "mpy-esp32", "country": "XX"}


def hostname(name: "str | None" = None) -> "str | None":
    return _named("hostname", name)


def country(code: "str | None" = None) -> "str | None":
    return _named("country", code)


def _named(what: str, value: "str | None") -> "str | None":
    if value is None:
        return _names[what]
    _names[what] = value


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

    def scan(self) -> "list[tuple[bytes, bytes, int, int, int, bool]]":
        if not self.active():
            raise OSError("STA must be active")
        found = _fetch(_WLAN_SCAN)
        places = []
        while found:
            size, channel, rssi, security = struct.unpack("<BBbB", found)
            places.append((found[4 : 4 + size], found[4 + size : 10 + size], channel, rssi, security, False))
            found = found[10 + size :]
        return places

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

    def ifconfig(self) -> "tuple[str, ...]":
        return tuple(str(_fetch(_WLAN_IFCONFIG), "ascii").split())

    def ipconfig(self, name: str) -> object:
        address = self.ifconfig()
        return {"addr4": address[:2], "gw4": address[2], "dhcp4": True, "has_dhcp4": self.isconnected()}[name]
