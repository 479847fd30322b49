# SPDX-License-Identifier: MIT
"""`python -m tests_host.journeys.powercut`: a day with every kind of transaction, once for each flash operation of it
and each way in which a power cut leaves that operation; after each the invariants, in the end equal books (O5).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests_host.journeys.busy_clerk import Work
from tests_host.journeys.crooked import CrookedHost, running
from tests_host.journeys.shop_day import Day
from tools.emulator.flash import MODES

BUSY: Final = Work(cash=[1234, 500, 77], orders=[321, 4500], cancelled=[999], voided=500)
DAYS: Final = {"balanced": BUSY, "unbalanced": replace(BUSY, is_unbalanced=True)}
Case = tuple[str, int, str]
"""Kind of day, number of the flash operation, how it is cut."""


def length(folder: Path, shop: CrookedHost, work: Work) -> int:
    """Flash operations of a day without a power cut."""
    day = Day(folder, shop, work, 0)
    with day.bench:
        operations = day.live()
        day.watch.finish()
    return operations


def survive(folder: Path, shop: CrookedHost, case: Case, seed: int) -> None:
    """AssertionError or another one when it is not survived."""
    kind, number, mode = case
    day = Day(folder, shop, DAYS[kind], seed)
    with day.bench:
        day.survive((number, mode))


def _cases(folder: Path) -> Iterator[Case]:
    with running(folder) as shop:
        for kind, work in DAYS.items():
            for number in range(1, length(folder, shop, work) + 1):
                yield from ((kind, number, mode) for mode in MODES)


def _try(cases: list[Case], seed: int) -> list[tuple[Case, str]]:
    """In a process of its own: what was not survived, and why."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="qiandao-powercut-") as name, running(Path(name)) as shop:
        for at, case in enumerate(cases):
            folder = Path(name) / str(at)
            folder.mkdir()
            try:
                survive(folder, shop, case, seed)
            except Exception as fault:  # noqa: BLE001  whatever it is, it is a finding
                failed.append((case, f"{type(fault).__name__}: {fault}"))
    return failed


_AT_ONCE: Final = 8  # cases of one visit to a process


@click.command()
@click.option("--jobs", default=2, show_default=True)
@click.option("--every", default=1, show_default=True, help="Only every so many-th case.")
@click.option("--seed", default=1, show_default=True)
def main(jobs: int, every: int, seed: int) -> None:
    """Cut the power at every flash operation of a day."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="qiandao-powercut-") as name:
        cases = list(_cases(Path(name)))[::every]
    parts = [cases[at : at + _AT_ONCE] for at in range(0, len(cases), _AT_ONCE)]
    columns = TextColumn("power cuts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    failed = 0
    with ProcessPoolExecutor(jobs) as pool, Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(cases))
        futures = {pool.submit(_try, part, seed): len(part) for part in parts}
        for future in as_completed(futures):
            for case, why in future.result():
                failed += 1
                console.print(f"[red]{case}[/]: {why}", highlight=False)
            progress.advance(task, futures[future])
    console.print(f"{len(cases)} power cuts, {failed} not survived")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
