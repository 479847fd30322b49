# SPDX-License-Identifier: MIT
"""A batch of boards, one row each: a row that fails is told and the rest goes on; rows done before are left alone."""

from collections.abc import Callable
from dataclasses import dataclass

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from tools.commands.order import Order
from tools.commands.provision_board import Done
from tools.provision import KEY_NAMES


@dataclass(frozen=True)
class Row:
    """What became of an order."""

    order: Order
    done: Done | None
    trouble: str = ""


def _connect(order: Order, ports: set[str]) -> bool:
    """A port that served an earlier row: has the next board been connected?"""
    if not order.serial or order.serial not in ports:
        return True
    return click.confirm(f"Connect the board of terminal {order.name} to {order.serial}. Ready?", default=True)


def run(orders: list[Order], carry_out: Callable[[Order], Done], faults: tuple[type[Exception], ...]) -> list[Row]:
    """Every row in turn."""
    rows: list[Row] = []
    ports: set[str] = set()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("provision", total=len(orders))
        for order in orders:
            progress.update(task, description=f"{order.name} {order.target}")
            rows.append(_one(order, ports, carry_out, faults, progress))
            ports.add(order.serial)
            progress.advance(task)
    return rows


def _one(
    order: Order,
    ports: set[str],
    carry_out: Callable[[Order], Done],
    faults: tuple[type[Exception], ...],
    progress: Progress,
) -> Row:
    progress.stop()  # while a person may be asked
    try:
        if not _connect(order, ports):
            return Row(order, None, "left out")
        progress.start()
        return Row(order, carry_out(order))
    except faults as fault:
        return Row(order, None, str(fault))


def show(rows: list[Row]) -> None:
    """One line for each board."""
    table = Table("Terminal", "Board", *(f"{name} KCV" for name in KEY_NAMES), "Result")
    for row in rows:
        kcvs = row.done.kcvs if row.done else {}
        result = row.done.what if row.done else f"FAILED: {row.trouble}"
        tid = row.done.tid if row.done else row.order.name
        table.add_row(tid, row.order.target, *(kcvs.get(name, "-") for name in KEY_NAMES), result)
    Console().print(table)
    bad = sum(row.done is None for row in rows)
    click.echo(f"{len(rows) - bad} of {len(rows)} boards are provisioned{f', {bad} failed' if bad else ''}.")
