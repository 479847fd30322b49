# SPDX-License-Identifier: MIT
"""Ledger, orders, differences and export of the books at the command line (mission C3)."""

import csv
from typing import Final, TextIO

import click

from tools.host.commands.context import Place, pass_place, show_amount, show_table
from tools.host.models import Transaction

COLUMNS: Final = (
    *("tid", "batch", "stan", "kind", "amount_minor", "currency", "local_time", "operator", "shift", "tender"),
    *("reference", "payer", "rrn", "original", "status", "source", "created_at"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_batch = click.option("--batch", type=click.IntRange(1, 999_999))


def _cell(row: Transaction, name: str) -> str:
    """A value that no spreadsheet takes for a formula: part of it comes from terminals and customers."""
    value = getattr(row, name)
    if name == "created_at":
        return str(value.isoformat())
    if name in ("batch", "stan"):
        return f"{value:06d}"
    return f"'{value}" if str(value).startswith(_FORMULA) else str(value)


@click.command()
@click.option("--tid", help="Of this terminal only.")
@_batch
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True))
@pass_place
def export(place: Place, tid: str | None, batch: int | None, file: TextIO) -> None:
    """Write records to a CSV FILE ("-" for standard output), amounts in minor units."""
    with place.open() as host:
        rows = host.books.every_record(tid, batch)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row, name) for name in COLUMNS] for row in rows)
    if file.name != "-" and file.name != "<stdout>":
        click.echo(f"{len(rows)} records in {file.name}.")


@click.command()
@pass_place
def balances(place: Place) -> None:
    """Balances of the ledger's accounts, and whether it is sound."""
    with place.open() as host:
        rows, faults = host.books.balances(), host.books.verify_ledger()
    show_table("Ledger", ("Account", "Debit", "Credit"), [_balance(name, amount) for name, amount in rows.items()])
    for fault in faults:
        click.echo(fault)
    if faults:
        raise SystemExit(1)


def _balance(name: str, amount_minor: int) -> tuple[str, str, str]:
    text = show_amount(abs(amount_minor))
    return (name, text, "") if amount_minor >= 0 else (name, "", text)


@click.command()
@click.argument("tid")
@click.option("--batch", required=True, type=click.IntRange(1, 999_999))
@pass_place
def differences(place: Place, tid: str, batch: int) -> None:
    """Records that the upload of terminal TID and the books did not agree on."""
    with place.open() as host:
        rows = host.books.differences(tid, batch)
    cells = [
        (
            f"{row.stan:06d}",
            row.what,
            *(row.host_kind, show_amount(row.host_minor) if row.host_kind else "-"),
            *(row.terminal_kind, show_amount(row.terminal_minor) if row.terminal_kind else "-"),
        )
        for row in rows
    ]
    columns = ("STAN", "What", "Host's kind", "amount", "Terminal's kind", "amount")
    show_table(f"Differences of {tid}, batch {batch:06d}", columns, cells)


@click.command()
@click.argument("tid")
@click.argument("amount_minor", type=click.IntRange(0), required=False)
@pass_place
def limit_sales(place: Place, tid: str, amount_minor: int | None) -> None:
    """The most that one QR order of terminal TID may be, in minor units; without AMOUNT_MINOR the host's setting."""
    with place.open() as host:
        host.enrolment.limit_sales(tid, amount_minor)
    click.echo(f"Terminal {tid}: {'the usual limit' if amount_minor is None else show_amount(amount_minor)}.")
