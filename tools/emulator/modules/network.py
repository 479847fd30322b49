# SPDX-License-Identifier: MIT
"""`network` as on the ESP32: the station interface; statuses are the port's, reasons ESP-IDF's.

More in `_network.py` and `_wlan.py`.
"""

import _rpc
from micropython import const

_WLAN_STATUS = const(73)
_GOT_IP = const(1010)


def __getattr__(name: str) -> object:
    return _rpc.find("network", name)


class WLAN:
    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = range(3)
    __init__ = _rpc.init
    __getattr__ = _rpc.bind

    def isconnected(self) -> bool:
        return _rpc.call(_WLAN_STATUS) == _GOT_IP

    def status(self, param: "str | None" = None) -> int:
        if param is None:
            return _rpc.call(_WLAN_STATUS)
        if param != "rssi":
            raise ValueError("unknown status param")
        rssi = _rpc.call(_WLAN_STATUS, 1)
        return rssi if rssi > -1000 else self._check(-4)
