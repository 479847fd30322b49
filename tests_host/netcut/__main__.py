# SPDX-License-Identifier: MIT
"""`python -m tests_host.netcut`: a day with sales by cash and by code, a cancelled order, a void and the sign-out, once
for each byte of each message at which the network can fail, and each other thing that can happen to it. Then a sample
on the emulated board, with the host killed.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tests_host.netcut import board
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
    is_whole: bool


def _work(day: str, cases: list[Case], order: Order, results: Any) -> None:
    """A process of its own, with one share of the cases of a day."""
    worker = Worker(day, cases, order.seed, lambda case, words: results.send((case, words)), order.spoil)
    worker.is_whole = order.is_whole
    worker.run()
    results.send(worker.lived)


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
        self.lived = 0  # to the end of the day, and well

    def run(self, cases: list[Case]) -> None:
        task = self._progress.add_task("network faults", total=len(cases))
        shares = _shares(cases, self._jobs)
        running: list[Any] = []
        while shares or running:
            while shares and len(running) < self._jobs:
                running.append(self._start(*shares.pop(0)))
            for pipe in multiprocessing.connection.wait(running, _LOOK_S):
                if isinstance(result := self._take(pipe), int):
                    running.remove(pipe)
                    self.lived += result
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
    def _take(pipe: Any) -> tuple[Case, str] | int:
        try:
            result: tuple[Case, str] | int = pipe.recv()
        except EOFError:
            raise SystemExit("a process has ended before its cases; its own words are above") from None
        return result


def _kill(cases: list[Case], order: Order, progress: Progress) -> list[tuple[Case, str]]:
    """On the board, with the host killed; each case in whichever process is free."""
    task = progress.add_task("hosts killed", total=len(cases))
    failed = []
    with ProcessPoolExecutor(order.jobs, multiprocessing.get_context("spawn")) as pool:
        running = {pool.submit(board.survive, case, order.seed): case for case in cases}
        for future in as_completed(running):
            progress.advance(task)
            if words := future.result():
                failed.append((running[future], words))
                progress.console.print(f"[red]board {running[future]}[/]: {words}", highlight=False)
    return failed


def _report(console: Console, cases: list[Case], failed: list[tuple[Case, str]], what: str, option: str) -> None:
    if not cases:
        return
    kinds = Counter(case.what.kind for case in cases)
    console.print(", ".join(f"{count} {kind}" for kind, count in kinds.items()), highlight=False, soft_wrap=True)
    console.print(f"{len(cases)} {what}, {len(failed)} not survived")
    for case, _ in failed:
        console.print(f'  again: make netcut ARGS="{option} {case}"', highlight=False, soft_wrap=True)


@click.command()
@click.option("--jobs", default=2, show_default=True)
@click.option("--every", default=1, show_default=True, help="Only every so many-th case in one process.")
@click.option("--board", "count", default=200, show_default=True, help="So many cases on the emulated board.")
@click.option("--seed", default=1, show_default=True)
@click.option("--case", "only", multiple=True, help='Such a case alone, as it is printed: "balanced:12:up:37".')
@click.option("--board-case", "killed", multiple=True, help="The same on the board.")
@click.option("--spoil", default="", type=click.Choice(list(SPOILS)), help="A defect that must be found.")
@click.option("--whole", is_flag=True, help="Live each day to its end, also where all stands as it stood before.")
def main(
    jobs: int,
    every: int,
    count: int,
    seed: int,
    only: tuple[str, ...],
    killed: tuple[str, ...],
    spoil: str,
    whole: bool,
) -> None:
    """Break the network at every byte of a day, and stop the host at every commit."""
    console, order = Console(), Order(jobs, seed, spoil, whole)
    cases, kills = [Case.parse(text) for text in only], [Case.parse(text) for text in killed]
    if not cases and not kills:
        cases, kills = all_cases(seed)[::every], board.sample(count, seed) if count else []
    with Progress(*_COLUMNS, console=console) as progress:
        runner = _Runner(order, progress)
        if cases:
            runner.run(cases)
        lost = _kill(kills, order, progress) if kills else []
    if alike := len(cases) - len(runner.failed) - runner.lived:
        console.print(
            f"{runner.lived} days lived to their end, {alike} cuts left all as one of these did", highlight=False
        )
    _report(console, cases, runner.failed, "network faults", f"--seed {seed} --case")
    _report(console, kills, lost, "hosts killed", f"--seed {seed} --board-case")
    raise SystemExit(1 if runner.failed or lost else 0)


if __name__ == "__main__":
    main()
