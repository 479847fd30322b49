# SPDX-License-Identifier: MIT
"""`python -m tools.fuzz [PART ..]`: all parts or those named; with --case, one case again, told in full."""

from __future__ import annotations

import time

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tools.fuzz.parts import PARTS, Part
from tools.fuzz.run import Order, Report

_SHOWN = 5  # findings of a part


def _progress(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console)


def _tell(console: Console, name: str, seed: int, report: Report) -> None:
    for found in report.findings[:_SHOWN]:
        console.print(f"[red]{name} case {found.case}[/]: {found.what}", highlight=False)
        if found.shown:
            console.print(f"  input {found.shown}", highlight=False, soft_wrap=True)
        console.print(f"  again: python -m tools.fuzz {name} --seed {seed} --case {found.case}", highlight=False)
    if len(report.findings) > _SHOWN:
        console.print(f"  and {len(report.findings) - _SHOWN} more")


def _run(progress: Progress, name: str, seed: int, count: int) -> tuple[Report, float]:
    start = time.monotonic()
    task = progress.add_task(PARTS[name].title, total=count)
    report = PARTS[name].run(Order(seed, 0, count, lambda done: progress.update(task, completed=done)))
    progress.update(task, completed=count)
    return report, time.monotonic() - start


def _count(part: Part, is_short: bool, share: float) -> int:
    return max(1, int((part.short if is_short else part.cases) * share))


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(sorted(PARTS)), metavar="[PART ..]")
@click.option("--seed", default=1, show_default=True)
@click.option("--case", "case", type=int, help="Only this case, told in full.")
@click.option("--share", default=1.0, show_default=True, help="Of the cases, such as 0.1.")
@click.option("--short", is_flag=True, help="As many cases as `make test` runs.")
def main(names: tuple[str, ...], seed: int, case: int | None, share: float, short: bool) -> None:
    """Hostile input by the million, or one case of it again."""
    console = Console()
    table = Table("part", "cases", "findings", "growth", "seconds", "of them")
    failed = 0
    with _progress(console) as progress:
        for name in names or PARTS:
            if case is not None:
                report, seconds = PARTS[name].run(Order(seed, case, 1)), 0.0
                console.print("\n".join(report.said), highlight=False)
            else:
                report, seconds = _run(progress, name, seed, _count(PARTS[name], short, share))
            _tell(console, name, seed, report)
            failed += len(report.findings)
            growth = "-" if report.growth is None else str(report.growth)
            counts = ", ".join(f"{what} {count}" for what, count in sorted(report.counts.items()))
            table.add_row(name, str(report.cases), str(len(report.findings)), growth, f"{seconds:.1f}", counts)
    console.print(table)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
