# SPDX-License-Identifier: MIT
"""Joining the wireless network: one try, and how long to wait before the next.

After several failures the radio is switched off and on. A second connect() while one is under way is an error of the
port and status codes are hints only, so every try starts from disconnect().
"""

import asyncio
import random
import time

import network
from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from firmware.host.wifi import Wifi

_TRY_MS = const(10_000)
_POLL_MS = const(250)
_RESET_AFTER = const(4)  # failures in a row
_LONGEST_S = const(30)
_FRESH_MS = const(3_500)  # longer than a scan or a refused handshake takes: by then a reason is this try's
_KEY_REFUSED = (15, 202, 204)  # handshake timed out, refused, timed out: what a wrong key shows differs by access point


def _pause_ms(failures: int) -> int:
    """1, 2, 4 .. 30 s with a quarter of jitter."""
    span_ms = min(1 << min(failures - 1, 5), _LONGEST_S) * 1000
    return span_ms + random.getrandbits(12) * span_ms // 16384


async def run(wifi: "Wifi", ssid: str, psk: str, failures: int) -> int:
    """One try after so many failures; ms before the next one, 0 when there is an address."""
    if await _associate(wifi, ssid, psk):
        return 0
    if (failures + 1) % _RESET_AFTER == 0:
        wifi.radio_on()
    return _pause_ms(failures + 1)


async def _associate(wifi: "Wifi", ssid: str, psk: str) -> bool:
    """True: there is an address. False: `fault` says why not."""
    wlan = wifi.wlan
    shown = wlan.status()  # the port shows the reason of the last failure until there is another or an address
    try:
        wlan.disconnect()
        wlan.connect(ssid, psk)
    except OSError:
        wifi.radio_on()  # "Wifi Internal Error": the driver's state is unknown
        return False
    start = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), start) < _TRY_MS:
        await asyncio.sleep_ms(_POLL_MS)
        wifi.beat("wifi")
        if wlan.isconnected():
            return True
        status = wlan.status()
        is_old = status == shown and time.ticks_diff(time.ticks_ms(), start) < _FRESH_MS
        if status not in (network.STAT_CONNECTING, network.STAT_IDLE) and not is_old:
            wifi.fault = "W2" if status in _KEY_REFUSED else "W1"
            break
    wlan.disconnect()
    return False
