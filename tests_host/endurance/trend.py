# SPDX-License-Identifier: MIT
"""Does a series rise or fall? A straight line by least squares, and how sure its slope is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_SURE: Final = 1.96  # standard errors: 95 % where there are more than some thirty points


@dataclass(frozen=True)
class Trend:
    """`slope` is the change of `y` for one more of `x`, known within `margin` either way (95 %)."""

    slope: float
    margin: float

    def is_level(self, tolerance: float) -> bool:
        """No rise or fall beyond the tolerance can be told from chance."""
        return abs(self.slope) - self.margin <= tolerance


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
    return Trend(slope, _SURE * math.sqrt(left / (count - 2) / spread))
