# SPDX-License-Identifier: MIT
"""`host audit`: showing the audit trails and proving that nobody changed them (mission C3)."""

import csv
import sys
from datetime import datetime

import click
from rich.markup import escape

from tools.host.books import Books
from tools.host.commands.context import Place, pass_place, show_table, show_time
from tools.host.terminal_trail import Record

_COLUMNS = ("At", "By", "Number", "TID", "Operator", "Event", "Detail")
_Row = tuple[datetime, tuple[str, ...]]


@click.group()
def audit() -> None:
    """Who did what, at the host and at the terminals."""


def _host_rows(books: Books, tid: str | None, operator: str | None) -> list[_Row]:
    return [
        (row.at, ("host", str(row.serial), row.tid, row.operator, row.event, row.detail))
        for row in books.audit(tid, operator)
    ]


def _terminal_rows(books: Books, tid: str | None, operator: str | None) -> list[_Row]:
    rows: list[_Row] = []
    for row in books.terminal_audit(tid):
        record = Record.parse(row.record)
        if operator in (None, record.operator):
            detail = f"{record.detail} {row.mark and f'BROKEN: {row.mark}'}".strip()
            number = f"{row.trail}.{row.sequence}"
            rows.append((record.at, ("terminal", number, row.tid, record.operator, record.event, detail)))
    return rows


@audit.command()
@click.option("--tid", help="Of this terminal only.")
@click.option("--operator", help="Of this operator number only.")
@click.option("--csv", "is_csv", is_flag=True, help="Comma-separated values instead of a table.")
@pass_place
def show(place: Place, tid: str | None, operator: str | None, is_csv: bool) -> None:
    """Both trails in the order of time."""
    with place.open() as host:
        rows = _host_rows(host.books, tid, operator) + _terminal_rows(host.books, tid, operator)
    cells = [(show_time(at), *words) for at, words in sorted(rows, key=lambda row: row[0])]
    if is_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([_COLUMNS, *cells])
        return
    show_table("Audit", _COLUMNS, [tuple(escape(word) for word in row) for row in cells])


@audit.command()
@pass_place
def verify(place: Place) -> None:
    """Recompute both chains; name the first record that is not as it was written."""
    with place.open() as host:
        own, terminals = host.books.verify_audit()
    click.echo(f"Host: {own.good} records are good. Terminals: {terminals.good} records are good.")
    faults = [verdict.fault for verdict in (own, terminals) if verdict.fault]
    if faults:
        raise click.ClickException("; ".join(faults))
