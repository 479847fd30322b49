# SPDX-License-Identifier: MIT
"""Does a series rise or fall? A straight line by least squares, and how sure its slope is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Standard errors for 95 %: Student's distribution with 1, 2 .. degrees of freedom, and what it comes to with many.
_SURE_OF_FEW: Final = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
_SURE: Final = 1.96


@dataclass(frozen=True)
class Trend:
    """`slope` is the change of `y` for one more of `x`, known within `margin` either way (95 %)."""

    slope: float
    margin: float

    def is_level(self, tolerance: float) -> bool:
        """No rise or fall beyond the tolerance can be told from chance."""
        return abs(self.slope) - self.margin <= tolerance


def sure(freedom: int) -> float:
    """Standard errors that 95 % are within; beyond the table by the first terms of Fisher's expansion."""
    if freedom <= len(_SURE_OF_FEW):
        return _SURE_OF_FEW[freedom - 1]
    return _SURE + (_SURE**3 + _SURE) / 4 / freedom + (5 * _SURE**5 + 16 * _SURE**3 + 3 * _SURE) / 96 / freedom**2


def trend(points: Sequence[tuple[float, float]]) -> Trend:
    """Of (x, y); nothing can be said of fewer than three."""
    count = len(points)
    if count < 3:
        return Trend(0.0, math.inf)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if not spread:
        return Trend(0.0, math.inf)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    left = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in points)
    return Trend(slope, sure(count - 2) * math.sqrt(left / (count - 2) / spread))
