# SPDX-License-Identifier: MIT
"""`esp32` for MicroPython under test: the journal's region as flash in RAM, which the test puts there."""

from micropython import const

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from nor import Nor


class Partition:
    """`Partition.flash` is found under every name; None: there is no such region."""

    TYPE_DATA = 1
    flash: "Nor | None" = None

    @classmethod
    def find(cls, kind: int = 0, label: "str | None" = None) -> "list[Nor]":
        return [cls.flash] if cls.flash else []
