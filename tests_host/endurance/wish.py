# SPDX-License-Identifier: MIT
"""What a person wants of the terminal next."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The words are those of the reports."""

    CASH = "cash"
    PAID = "QR paid"
    CANCELLED = "QR cancelled"
    VOID = "void"
    SIGN_IN = "sign-in"
    WRONG_PIN = "wrong PIN"
    SETTLE = "settle"


SALES = (Kind.CASH, Kind.PAID, Kind.CANCELLED)


@dataclass(frozen=True)
class Wish:
    """`amount` in minor units; of a void it is that of the original, whose STAN is `original`."""

    kind: Kind
    amount: int = 0
    original: int = 0
