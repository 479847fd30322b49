# SPDX-License-Identifier: MIT
"""One measured figure beside what it is to be compared with."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal


@dataclass(frozen=True)
class Figure:
    """`is_limit`: the reference is a budget, and a worse value is a failure."""

    name: str
    value: float
    unit: str
    reference: str
    reference_value: float
    better: Literal["lower", "higher"] = "lower"
    is_limit: bool = False

    @property
    def is_exceeded(self) -> bool:
        is_worse = self.value > self.reference_value if self.better == "lower" else self.value < self.reference_value
        return self.is_limit and is_worse

    def document(self) -> dict[str, Any]:
        """As it stands in build/bench.json."""
        return {name: value for name, value in asdict(self).items() if name != fields(self)[-1].name}


def rounded(value: float) -> float:
    """Whole where it is whole, else to four digits after the point."""
    return int(value) if value == int(value) else round(value, 4)
