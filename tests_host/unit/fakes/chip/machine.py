# SPDX-License-Identifier: MIT
"""`machine` for MicroPython under test: a clock that can be set."""


class RTC:
    now: "tuple[int, ...]" = (2000, 1, 1, 5, 0, 0, 0, 0)

    def datetime(self, value: "tuple[int, ...] | None" = None) -> "tuple[int, ...]":
        if value is not None:
            RTC.now = value
        return RTC.now
