# SPDX-License-Identifier: MIT
"""The seldom used part of `esp32`."""

import _rpc
from machine import Pin
from micropython import const

_EXT0 = const(59)
_ETIMEDOUT = const(110)
# Numbers and names of ESP-IDF, in one constant that stays in ROM.
_ERRORS = const(
    b"""0102INVALID_ARG 0104INVALID_SIZE 1102NVS_NOT_FOUND 1105NVS_NOT_ENOUGH_SPACE
1106NVS_INVALID_NAME 1109NVS_KEY_TOO_LONG 110CNVS_INVALID_LENGTH 6001FLASH_OP_FAIL 6002FLASH_OP_TIMEOUT """
)

WAKEUP_ALL_LOW = False


def __getattr__(name: str) -> object:
    return _rpc.find("esp32_more", name)


def _failed(result: int) -> None:
    if result == -_ETIMEDOUT:
        raise OSError(_ETIMEDOUT, "ESP_ERR_TIMEOUT")
    start = _ERRORS.find(b"%04X" % -result) + 4
    raise OSError(result, str(b"ESP_ERR_" + _ERRORS[start:].split(None, 1)[0], "ascii"))


def wake_on_ext0(pin: "Pin | None" = None, level: bool = False) -> None:
    number = -1 if pin is None else Pin(pin).id
    if number not in (-1, 0, 2, 4, 12, 13, 14, 15, 25, 26, 27, 32, 33, 34, 35, 36, 37, 38, 39):
        raise ValueError("invalid pin")
    _rpc.call(_EXT0, number, 1 if level else 0)
