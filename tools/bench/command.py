# SPDX-License-Identifier: MIT
"""`qiandao bench`, `python -m tools.bench`, `make bench`: a table, build/bench.json, and a failure when a budget is
exceeded.
"""

import json
import time
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tools.bench import batch, boot, counter, glyph, heap, journal, pin, qr, sign_in
from tools.bench.figure import Figure
from tools.bench.stand import Stand

_PARTS: Final = (heap, sign_in, pin, counter, boot, journal, batch, qr, glyph)
_OUT: Final = Path(__file__).parents[2] / "build" / "bench.json"


def _show(figures: list[Figure]) -> None:
    table = Table("Figure", "Value", "Unit", "Reference", "Its value", "Ratio", title="Bench", title_justify="left")
    for figure in figures:
        ratio = f"{figure.value / figure.reference_value:.4g}" if figure.reference_value else "-"
        verdict = " OVER BUDGET" if figure.is_exceeded else ""
        cells = (f"{figure.value:g}", figure.unit, figure.reference, f"{figure.reference_value:g}", ratio + verdict)
        table.add_row(figure.name, *cells)
    Console(width=150).print(table)


def measure() -> list[Figure]:
    """All figures, in one run."""
    with Stand() as stand:
        return [figure for part in _PARTS for figure in part.measure(stand)]


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=_OUT, help="build/bench.json.")
@click.option("--strict", is_flag=True, help="Fail when a budget is exceeded.")
def bench(out: Path, strict: bool) -> None:
    """Measure what the firmware costs, beside references of the same run."""
    started = time.monotonic()
    figures = measure()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps([figure.document() for figure in figures], indent=2) + "\n")
    _show(figures)
    click.echo(f"{out}, {time.monotonic() - started:.0f} s")
    if exceeded := [figure.name for figure in figures if figure.is_exceeded]:
        message = f"over budget: {', '.join(exceeded)}"
        if strict:
            raise click.ClickException(message)
        click.echo(message)
