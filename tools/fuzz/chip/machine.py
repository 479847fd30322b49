# SPDX-License-Identifier: MIT
"""`machine` for MicroPython under fuzzing: no pins; a reset is noted, not done."""

resets: "list[str]" = []


class RTC:
    """The clock stands still; what is left in RTC memory is kept."""

    kept = b""

    def datetime(self, value: "tuple[int, ...] | None" = None) -> "tuple[int, ...]":
        return value or (2000, 1, 1, 5, 0, 0, 0, 0)

    def memory(self, value: "bytes | None" = None) -> bytes:
        if value is not None:
            RTC.kept = bytes(value)
        return RTC.kept


class WDT:
    def __init__(self, timeout: int = 0) -> None:
        pass

    def feed(self) -> None:
        pass


def reset_cause() -> int:
    return 1


def reset() -> None:
    resets.append("reset")
