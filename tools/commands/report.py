# SPDX-License-Identifier: MIT
"""`qiandao report`: shift totals and the last closed batch of a terminal, over serial while it works, from a flash file
or from a backup; as a table, CSV or JSON (mission W2).
"""

import csv
import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tools import backup as journal_backup
from tools.backup import Backup
from tools.commands.backup import check_place, file_type, one_line, progress_bar, read_board
from tools.errors import RefusedError
from tools.reports import KINDS, WORDS, Report, Sums, receipt_of, reports_of


def _money(minor: int) -> str:
    return f"{minor / 100:.2f}"


def _source(serial: str, flash: Path | None, file: Path | None) -> Backup:
    if file is None:
        check_place(serial, flash)
        with progress_bar("journal") as progress:
            return read_board(serial, flash, progress)
    if serial or flash:
        raise RefusedError("a backup FILE or a place to read from, not both")
    return journal_backup.load(file)


def _cells(sums: Sums) -> tuple[str, ...]:
    counted = (str(sums.sales), _money(sums.sales_minor), str(sums.credits), _money(sums.credits_minor))
    return *counted, _money(sums.net_minor), str(sums.not_uploaded), str(sums.unknown)


def _show(found: Backup, reports: list[Report], has_records: bool) -> None:
    console = Console()
    for report in reports:
        state = "open" if report.letter == "X" else "closed"
        title = f"{report.letter}  terminal {found.tid or 'unknown'}, batch {report.batch:06d}, {state}"
        columns = ("Operator", "Sales", "Amount", "Given back", "Amount", "Net", "Not uploaded", "Not known")
        table = Table(*columns, title=title, title_justify="left")
        for operator, sums in report.operators.items():
            table.add_row(operator, *_cells(sums))
        table.add_section()
        table.add_row("all", *_cells(report.total))
        console.print(table)
        if has_records:
            lines = Table("Receipt", "Kind", "Amount", "Operator", "State", "Code")
            for row in _rows(report):
                lines.add_row(*(str(row[name]) for name in ("receipt", "kind", "amount", "operator", "state", "code")))
            console.print(lines)


def _rows(report: Report) -> list[dict[str, str]]:
    return [
        {
            "report": report.letter,
            "batch": f"{report.batch:06d}",
            "receipt": receipt_of(record),
            "kind": KINDS.get(record.kind, str(record.kind)),
            "amount": _money(record.amount),
            "operator": f"{record.operator:03d}",
            "state": WORDS[record.status],
            "code": record.de39,
        }
        for record in report.records
    ]


def _totals_rows(report: Report) -> list[dict[str, object]]:
    head = {"report": report.letter, "batch": f"{report.batch:06d}"}
    named = [*report.operators.items(), ("all", report.total)]
    return [{**head, "operator": who, **asdict(sums), "net_minor": sums.net_minor} for who, sums in named]


def _csv(reports: list[Report], has_records: bool) -> None:
    rows: list[dict[str, object]] = []
    for report in reports:
        rows += [dict(row) for row in _rows(report)] if has_records else _totals_rows(report)
    if rows:
        writer = csv.DictWriter(sys.stdout, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _json(found: Backup, reports: list[Report], has_records: bool) -> None:
    body = [
        {
            "report": report.letter,
            "batch": report.batch,
            "totals": _totals_rows(report),
            **({"records": _rows(report)} if has_records else {}),
        }
        for report in reports
    ]
    document = {"tid": found.tid, "taken_at": found.taken_at.isoformat(), "reports": body}
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@click.command()
@click.argument("file", required=False, type=file_type)
@click.option("--serial", default="", help="Serial port of the terminal, real or emulated; it goes on working.")
@click.option("--flash", type=file_type, help="Flash file of an emulated board that is off.")
@click.option("--batch", type=click.Choice(["x", "z"]), help="Only the open batch (x) or the last closed one (z).")
@click.option("--records", is_flag=True, help="Every transaction too, with its receipt number.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True)
def report(file: Path | None, serial: str, flash: Path | None, batch: str | None, records: bool, form: str) -> None:
    """Shift totals (X) and the last closed batch (Z) of a terminal, by operator.

    Read from --serial, --flash or a backup FILE.
    """
    with one_line():
        found = _source(serial, flash, file)
        reports = [one for one in reports_of(found.image) if batch in (None, one.letter.lower())]
        if not reports:
            raise RefusedError("no closed batch is in this journal any more")
    if form == "text":
        _show(found, reports, records)
    elif form == "csv":
        _csv(reports, records)
    else:
        _json(found, reports, records)
