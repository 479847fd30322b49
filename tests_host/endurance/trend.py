# SPDX-License-Identifier: MIT
"""Does a series rise or fall? A straight line by least squares, and how sure its slope is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from statistics import linear_regression
from typing import Final

_CHANCE: Final = 0.05
_HALVINGS: Final = 60


@dataclass(frozen=True)
class Trend:
    """`slope` is the change of `y` for one more of `x`, known within `margin` either way."""

    slope: float
    margin: float

    def is_level(self, tolerance: float) -> bool:
        """No rise or fall beyond the tolerance can be told from chance."""
        return abs(self.slope) - self.margin <= tolerance


def within(errors: float, freedom: int) -> float:
    """How probable it is that an estimate is no more standard errors off than these: Student's distribution, by its
    finite series (Abramowitz and Stegun, 26.7.3 and 26.7.4).
    """
    angle = math.atan(errors / math.sqrt(freedom))
    square = math.cos(angle) ** 2
    first = 2 if freedom % 2 else 1
    terms = accumulate((square * n / (n + 1) for n in range(first, freedom - 2, 2)), mul, initial=1.0)
    if freedom % 2 == 0:
        return math.sin(angle) * sum(terms)
    series = math.sin(angle) * math.cos(angle) * sum(terms) if freedom > 1 else 0
    return 2 / math.pi * (angle + series)


def sure(freedom: int, chance: float = _CHANCE) -> float:
    """Standard errors that an estimate is off by more only with this chance."""
    low, high = 0.0, math.pi / 2  # as an angle, since the errors may be many
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if within(math.tan(middle) * math.sqrt(freedom), freedom) < 1 - chance:
            low = middle
        else:
            high = middle
    return math.tan(high) * math.sqrt(freedom)


def trend(points: Sequence[tuple[float, float]], among: int = 1) -> Trend:
    """Of (x, y); nothing can be said of fewer than three.

    The slope is within the margin with 95 %; when it is one `among` several, all of them together are (Bonferroni).
    """
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if len(set(xs)) < 2 or len(points) < 3:
        return Trend(0.0, math.inf)
    slope, start = linear_regression(xs, ys)
    freedom = len(points) - 2
    left = sum((y - start - slope * x) ** 2 for x, y in points)
    middle = sum(xs) / len(xs)
    error = math.sqrt(left / freedom / sum((x - middle) ** 2 for x in xs))
    return Trend(slope, sure(freedom, _CHANCE / among) * error)
