# SPDX-License-Identifier: MIT
"""`network` as on the ESP32: the station interface; statuses are the port's, reasons ESP-IDF's."""

import struct

import _rpc
from micropython import const

_ACTIVE = const(70)
_CONNECT = const(71)
_DISCONNECT = const(72)
_STATUS = const(73)
_CONFIG = const(74)
_SCAN = const(76)
_IFCONFIG = const(77)
_ERRORS = (
    "Wifi Not Initialized",
    "Wifi Not Started",
    "Wifi Internal Error",
    "Wifi Not Connected",
    "STA must be active",
    "Wifi SSID Invalid",
)
_call = _rpc.call

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_BEACON_TIMEOUT, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = 200, 201, 202
STAT_ASSOC_FAIL, STAT_HANDSHAKE_TIMEOUT = 203, 204
AUTH_OPEN, AUTH_WEP, AUTH_WPA_PSK, AUTH_WPA2_PSK, AUTH_WPA_WPA2_PSK = range(5)
_hostname = "mpy-esp32"
_country = "XX"


def hostname(name=None):
    global _hostname
    if name is None:
        return _hostname
    _hostname = name


def country(code=None):
    global _country
    if code is None:
        return _country
    _country = code


def _check(result):
    if isinstance(result, int) and result < 0:
        raise OSError(_ERRORS[-1 - result])
    return result


class WLAN:
    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = range(3)
    SEC_OPEN, SEC_WPA2 = 0, 3
    _settings = {"pm": 1, "reconnects": -1, "ssid": "", "channel": 6, "txpower": 20.0}

    def __init__(self, interface=0):
        if interface not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        self._is_station = interface == 0

    def active(self, is_active=None):
        if not self._is_station:
            return False
        return bool(_call(_ACTIVE, -1 if is_active is None else bool(is_active)))

    def connect(self, ssid=None, key=None, *, bssid=None):
        if ssid is not None:
            ssid = ssid if isinstance(ssid, bytes) else ssid.encode()
            key = key if isinstance(key, bytes) else (key or "").encode()
            WLAN._settings["ssid"] = str(ssid, "utf-8")
            ssid = ssid[:32] + b"\0" + key[:64]
        _check(_call(_CONNECT, 0, 0, ssid or b""))

    def disconnect(self):
        _check(_call(_DISCONNECT))

    def isconnected(self):
        return _call(_STATUS) == STAT_GOT_IP

    def status(self, param=None):
        if param is None:
            return _call(_STATUS)
        if param != "rssi":
            raise ValueError("unknown status param")
        rssi = _call(_STATUS, 1)
        return rssi if rssi > -1000 else _check(-4)

    def scan(self):
        found = _check(_call(_SCAN)) or b""
        places = []
        while found:
            size, channel, rssi, security = struct.unpack("<BBbB", found)
            places.append((found[4 : 4 + size], found[4 + size : 10 + size], channel, rssi, security, False))
            found = found[10 + size :]
        return places

    def config(self, *query, **settings):
        if query and settings:
            raise TypeError("either pos or kw args are allowed")
        if query == ("mac",):
            return _call(58, 2)
        for name in query or settings:
            if name not in WLAN._settings:
                raise ValueError("unknown config param")
        if query:
            return WLAN._settings[query[0]]
        WLAN._settings.update(settings)
        if "reconnects" in settings:
            _call(_CONFIG, 0, settings["reconnects"])
        if "pm" in settings:
            _call(_CONFIG, 1, settings["pm"])

    def ifconfig(self, settings=None):
        if settings is None:
            return tuple(str(_call(_IFCONFIG), "ascii").split())

    def ipconfig(self, name=None, **settings):
        if name is not None:
            address = self.ifconfig()
            return {"addr4": address[:2], "gw4": address[2], "dhcp4": True, "has_dhcp4": self.isconnected()}[name]
