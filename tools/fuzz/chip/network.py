# SPDX-License-Identifier: MIT
"""`network` for MicroPython under fuzzing: an access point that is always there."""

STAT_IDLE, STAT_CONNECTING = 1000, 1001


class WLAN:
    IF_STA, PM_NONE, PM_PERFORMANCE = 0, 0, 1

    def __init__(self, _interface: int) -> None:
        pass

    def active(self, _is_on: bool) -> None:
        pass

    def config(self, **_values: object) -> None:
        pass

    def isconnected(self) -> bool:
        return True

    def status(self, _name: str = "") -> int:
        return -60
