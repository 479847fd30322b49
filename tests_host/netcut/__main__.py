# SPDX-License-Identifier: MIT
"""`python -m tests_host.netcut`: a day with sales by cash and by code, a cancelled order, a void and the sign-out, once
for each byte of each message at which the network can fail, and each other thing that can happen to it.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
from collections import Counter
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tests_host.netcut.cases import Case
from tests_host.netcut.day import DAYS
from tests_host.netcut.spoil import SPOILS
from tests_host.netcut.worker import Worker, all_cases

_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)
_LOOK_S = 1.0


@dataclass(frozen=True)
class Order:
    """How the cases are run."""

    jobs: int
    seed: int
    spoil: str


def _work(day: str, cases: list[Case], order: Order, results: Any) -> None:
    """A process of its own, with one share of the cases of a day."""
    Worker(day, cases, order.seed, lambda case, words: results.send((case, words)), order.spoil).run()
    results.send(None)


def _shares(cases: list[Case], jobs: int) -> list[tuple[str, list[Case]]]:
    """Each with every so many-th case of a day."""
    of_days = [(day, [case for case in cases if case.day == day]) for day in DAYS]
    return [(day, part) for day, own in of_days for n in range(jobs) if (part := own[n::jobs])]


class _Runner:
    """So many processes at a time."""

    def __init__(self, order: Order, progress: Progress) -> None:
        self._jobs = order.jobs
        self._order = order
        self._progress = progress
        self.failed: list[tuple[Case, str]] = []

    def run(self, cases: list[Case]) -> None:
        task = self._progress.add_task("network faults", total=len(cases))
        shares = _shares(cases, self._jobs)
        running: list[Any] = []
        while shares or running:
            while shares and len(running) < self._jobs:
                running.append(self._start(*shares.pop(0)))
            for pipe in multiprocessing.connection.wait(running, _LOOK_S):
                if (result := self._take(pipe)) is None:
                    running.remove(pipe)
                    continue
                self._progress.advance(task)
                if result[1]:
                    self.failed.append(result)
                    self._progress.console.print(f"[red]{result[0]}[/]: {result[1]}", highlight=False)

    def _start(self, day: str, cases: list[Case]) -> Any:
        pipe, far = multiprocessing.Pipe(duplex=False)
        multiprocessing.get_context("fork").Process(target=_work, args=(day, cases, self._order, far)).start()
        far.close()
        return pipe

    @staticmethod
    def _take(pipe: Any) -> tuple[Case, str] | None:
        try:
            result: tuple[Case, str] | None = pipe.recv()
        except EOFError:
            raise SystemExit("a process has ended before its cases; its own words are above") from None
        return result


@click.command()
@click.option("--jobs", default=2, show_default=True)
@click.option("--every", default=1, show_default=True, help="Only every so many-th case.")
@click.option("--seed", default=1, show_default=True)
@click.option("--case", "only", multiple=True, help='One case alone, as it is printed: "balanced:12:up:37".')
@click.option("--spoil", default="", type=click.Choice(list(SPOILS)), help="A defect that must be found.")
def main(jobs: int, every: int, seed: int, only: tuple[str, ...], spoil: str) -> None:
    """Break the network at every byte of a day, and stop the host at every commit."""
    console = Console()
    cases = [Case.parse(text) for text in only] or all_cases(seed)[::every]
    with Progress(*_COLUMNS, console=console) as progress:
        runner = _Runner(Order(jobs, seed, spoil), progress)
        runner.run(cases)
    kinds = Counter(case.what.kind for case in cases)
    console.print(", ".join(f"{count} {kind}" for kind, count in kinds.items()), highlight=False)
    console.print(f"{len(cases)} network faults, {len(runner.failed)} not survived")
    for case, _ in runner.failed:
        console.print(f'  again: make netcut ARGS="--case {case} --seed {seed}"', highlight=False)
    raise SystemExit(1 if runner.failed else 0)


if __name__ == "__main__":
    main()
