# SPDX-License-Identifier: MIT
"""`make model`: 2,000 days of chance against the model, on all cores. Each part of them has a seed of its own, which is
printed with what was found; `--seed S --part N` lives the part again, and shortens what it finds.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tests_host.endurance.counter import Counter
from tests_host.endurance.machine import STEPS, explore, machine
from tests_host.journeys.crooked import CrookedHost, running

_AT_ONCE: Final = 10  # days of a part
_FIRST_TID: Final = 40_000_001
_PARTS_OF_A_SEED: Final = 1_000_000


@dataclass
class Part:
    """What came of it; `found` tells the steps that led there."""

    number: int
    found: str = ""
    crashes: list[str] = field(default_factory=list)


class Terminals:
    """`open` gives one after the other; each has a folder that goes when the next one comes."""

    def __init__(self, folder: Path, shop: CrookedHost) -> None:
        self._folder = folder
        self._shop = shop
        self._tids = count(_FIRST_TID)

    def open(self) -> Counter:
        for old in self._folder.glob("*.flash"):
            old.unlink()
        return Counter(self._folder, self._shop, str(next(self._tids)))


def live(number: int, days: int, seed: int, is_shrunk: bool = False) -> Part:
    """In a process of its own."""
    part = Part(number)
    with tempfile.TemporaryDirectory(prefix="qiandao-model-") as name, running(Path(name)) as shop:
        kind = machine(Terminals(Path(name), shop).open)
        try:
            explore(days, seed * _PARTS_OF_A_SEED + number, kind, is_shrunk)
        except Exception as fault:  # noqa: BLE001  whatever it is, it is a finding
            part.found = "\n".join([f"{type(fault).__name__}: {fault}", *getattr(fault, "__notes__", [])])
        part.crashes = kind.crashes
    return part


def _tell(part: Part, seed: int, console: Console) -> int:
    """How many findings."""
    again = f"again: --seed {seed} --part {part.number}"
    if part.found:
        console.print(f"[red]{again}[/]")
        console.print(part.found, highlight=False, markup=False)
    for crash in part.crashes:
        console.print(f"[red]{again}[/]: restarted by itself")
        console.print(crash, highlight=False, markup=False)
    return bool(part.found) + len(part.crashes)


def _run(days: list[int], jobs: int, seed: int, console: Console) -> int:
    columns = TextColumn("days"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    findings = 0
    with ProcessPoolExecutor(jobs) as pool, Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=sum(days))
        for future in as_completed({pool.submit(live, n, size, seed) for n, size in enumerate(days)}):
            findings += _tell(future.result(), seed, console)
            progress.advance(task, days[future.result().number])
    return findings


@click.command()
@click.option("--runs", default=2000, show_default=True, help=f"Days, of up to {STEPS} steps each.")
@click.option("--jobs", default=2, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--part", default=-1, help="Only this part of them, shortened to the fewest steps that show the finding.")
def main(runs: int, jobs: int, seed: int, part: int) -> None:
    """Let chance find a difference between terminal and model."""
    console = Console()
    if part >= 0:
        findings, runs = _tell(live(part, _AT_ONCE, seed, is_shrunk=True), seed, console), _AT_ONCE
    else:
        days = [min(_AT_ONCE, runs - at) for at in range(0, runs, _AT_ONCE)]
        findings = _run(days, jobs, seed, console)
    console.print(f"{runs} runs, {findings} findings")
    raise SystemExit(1 if findings else 0)


if __name__ == "__main__":
    main()
