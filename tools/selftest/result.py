# SPDX-License-Identifier: MIT
"""Verdicts of the self-test: what came of each part, in figures, and what to do about it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple


class Status(StrEnum):
    """What came of one part."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"


class Verdict(NamedTuple):
    """`figure` is what was measured, or why nothing was; `do` is for the person at the bench, "" where all is well."""

    status: Status
    figure: str
    do: str = ""


NEEDS_A_PERSON: Final = Verdict(Status.SKIP, "skipped, needs a person")
NOT_FITTED: Final = Verdict(Status.SKIP, "not fitted on this board")
NOT_PROVISIONED: Final = Verdict(Status.SKIP, "not provisioned")


def passed(figure: str) -> Verdict:
    return Verdict(Status.PASS, figure)


def failed(figure: str, do: str) -> Verdict:
    return Verdict(Status.FAIL, figure, do)


def skipped(why: str, do: str = "") -> Verdict:
    return Verdict(Status.SKIP, why, do)


@dataclass(frozen=True)
class Result:
    """The verdict on one part; `code` stays the same for ever."""

    code: str
    name: str
    verdict: Verdict
    seconds: float


@dataclass
class Report:
    """`board` says which one it was. `stopped` is why the test came to an early end."""

    board: dict[str, Any] = field(default_factory=dict)
    started: str = ""
    results: list[Result] = field(default_factory=list)
    stopped: str = ""

    def count(self, status: Status) -> int:
        return sum(result.verdict.status is status for result in self.results)

    @property
    def seconds(self) -> float:
        return sum(result.seconds for result in self.results)

    @property
    def is_good(self) -> bool:
        """Came to its end, and nothing failed."""
        return not self.stopped and not self.count(Status.FAIL)
