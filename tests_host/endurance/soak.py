# SPDX-License-Identifier: MIT
"""`make soak`: thousands of transactions in shifts, one in twenty disturbed. Each process has a terminal, a flash and a
host of its own for all of its shifts; two of them are two terminals with half of the shifts each (`--jobs 1`: one).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import Manager
from pathlib import Path
from queue import Queue
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tests_host.endurance.report import summary
from tests_host.endurance.shift import Shift, Terminal
from tests_host.endurance.till import Difference
from tests_host.journeys.crooked import running
from tools.emulator.flash import SECTOR

_FIRST_TID: Final = 30_000_001
_LOOK_S: Final = 0.5
_TOLD_EVERY: Final = 5  # transactions
OUTPUT: Final = Path("build/soak.json")


@dataclass
class Life:
    """One terminal's: its shifts, what ended it too early, whether that was something lost or doubled, and the erases
    of each sector of the journal.
    """

    tid: str
    seed: int
    shifts: list[Shift] = field(default_factory=list)
    finding: str = ""
    differences: int = 0
    erases: list[int] = field(default_factory=list)


def live(folder: Path, tid: str, seed: int, sizes: list[int], share: float, on_done: Callable[[], None]) -> Life:
    """All shifts of one terminal, one after the other; `sizes` are their transactions."""
    life = Life(tid, seed)
    with running(folder) as shop:
        terminal = Terminal(folder, shop, tid, seed, share)
        board = terminal.counter.board
        before = board.flash.erases.copy()
        try:
            for size in sizes:
                life.shifts.append(terminal.shift(size, on_done))
        except Exception as fault:  # noqa: BLE001  whatever it is, it is a finding
            shift = f"shift {len(life.shifts) + 1}"
            life.differences = isinstance(fault, Difference)
            faces = terminal.counter.cashier.faces[-8:]
            serial = terminal.counter.bench.serial[-2000:]
            life.finding = f"{shift}: {type(fault).__name__}: {fault}\n{faces}\n{serial}"
        region = board.regions["journal"]
        sectors = range(region.start // SECTOR, (region.start + region.size) // SECTOR)
        life.erases = [board.flash.erases[sector] - before[sector] for sector in sectors]
        terminal.counter.close()
    return life


def _live_apart(number: int, seed: int, sizes: list[int], share: float, done: Queue[int]) -> Life:
    """In a process of its own, which tells how far it is."""
    count = 0

    def tell() -> None:
        nonlocal count
        count += 1
        if count % _TOLD_EVERY == 0:
            done.put(_TOLD_EVERY)

    with tempfile.TemporaryDirectory(prefix="qiandao-soak-") as name:
        return live(Path(name), str(_FIRST_TID + number), seed + number, sizes, share, tell)


def sizes_of(transactions: int, shifts: int) -> list[int]:
    """As even as can be."""
    return [transactions * (n + 1) // shifts - transactions * n // shifts for n in range(shifts)]


def _run(sizes: list[int], jobs: int, seed: int, share: float, console: Console) -> list[Life]:
    columns = TextColumn("transactions"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}")
    with (
        Manager() as manager,
        ProcessPoolExecutor(jobs) as pool,
        Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress,
    ):
        done: Queue[int] = manager.Queue()
        task = progress.add_task("", total=sum(sizes), rate="")
        lives = {pool.submit(_live_apart, n, seed, sizes[n::jobs], share, done) for n in range(jobs)}
        left = lives
        while left:
            _, left = wait(left, timeout=_LOOK_S)
            while not done.empty():
                progress.advance(task, done.get())
            spent_s = progress.tasks[0].elapsed or 1.0
            progress.update(task, rate=f"{progress.tasks[0].completed / spent_s:.1f}/s")
        return sorted((future.result() for future in lives), key=lambda life: life.tid)


@click.command()
@click.option("--transactions", default=10_000, show_default=True)
@click.option("--shifts", default=50, show_default=True)
@click.option("--faults", "share", default=0.05, show_default=True, help="Share of transactions that are disturbed.")
@click.option("--jobs", default=2, show_default=True, help="Terminals, each in a process of its own.")
@click.option("--seed", default=1, show_default=True)
def main(transactions: int, shifts: int, share: float, jobs: int, seed: int) -> None:
    """Let terminals work for weeks."""
    console = Console()
    lives = _run(sizes_of(transactions, shifts), min(jobs, shifts), seed, share, console)
    told, findings = summary(lives)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    for name, value in told["totals"].items():
        console.print(f"{name}: {value}", highlight=False)
    for finding in findings:
        console.print(f"[red]{finding}[/]", highlight=False, markup=True)
    console.print(f"{OUTPUT}: {len(findings)} findings")
    raise SystemExit(1 if findings else 0)


if __name__ == "__main__":
    main()
