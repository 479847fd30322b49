# SPDX-License-Identifier: MIT
"""All that can happen to the exchanges of a day: every byte of each, both ways, and what is late, doubled, stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Self

from tests_host.netcut.network import CUTS, OTHERS, Disturbance, Passed


class Case(NamedTuple):
    """One exchange of a kind of day, and what happens to it; written "balanced:12:up:37"."""

    day: str
    place: int
    what: Disturbance

    @classmethod
    def parse(cls, text: str) -> Self:
        """ValueError if it is none."""
        day, place, kind, at = text.split(":")
        if kind not in {*CUTS, *(name for name, _ in OTHERS)}:
            raise ValueError(kind)
        return cls(day, int(place), Disturbance(kind, int(at)))

    def __str__(self) -> str:
        return f"{self.day}:{self.place}:{self.what.kind}:{self.what.at}"


def cases_of(day: str, passed: list[Passed]) -> Iterator[Case]:
    """Of a day that went by undisturbed. A cut at the last byte is one when all has arrived."""
    for place, exchange in enumerate(passed):
        for kind, size in (("up", exchange.up), ("down", exchange.down)):
            yield from (Case(day, place, Disturbance(kind, at)) for at in range(size + 1))
        yield from (Case(day, place, Disturbance(kind, at)) for kind, at in OTHERS)
