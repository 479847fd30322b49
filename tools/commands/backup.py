# SPDX-License-Identifier: MIT
"""`qiandao backup`: a terminal's journal into a file, over serial while it works or from a flash file; and what is in
such a file (mission C1).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from tools import backup as journal_backup
from tools import backup_board
from tools.backup import Backup
from tools.commands.transport import open_board
from tools.errors import RefusedError
from tools.provision import ProvisionError
from tools.reports import WORDS
from tools.serial_board import status_of
from tools.serial_line import SerialLine
from tools.setup.debian import SetupError

FAULTS = (RefusedError, ProvisionError, SetupError)
file_type = click.Path(path_type=Path, dir_okay=False)


@contextmanager
def progress_bar(words: str) -> Iterator[backup_board.Progress]:
    """A bar on standard error, told (done, total)."""
    columns = (TextColumn(words), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def one_line() -> Iterator[None]:
    """What cannot be done ends the command with one line."""
    try:
        yield
    except FAULTS as fault:
        raise click.ClickException(str(fault)) from None


def check_place(serial: str, flash: Path | None) -> None:
    if bool(serial) == bool(flash):
        raise RefusedError("either --serial PORT or --flash FILE is needed")
    if flash and not flash.is_file():
        raise RefusedError(f"{flash} does not exist")


def read_board(serial: str, flash: Path | None, progress: backup_board.Progress) -> Backup:
    """Through the console of a terminal that answers; else through the REPL of a bare or service board."""
    if serial:
        with SerialLine(serial) as line:
            status = status_of(line)
            if status is not None:
                return backup_board.read_console(line, status, progress)
    with open_board(serial, flash) as board:
        return backup_board.read_repl(board, progress)


def show_totals(found: Backup) -> None:
    """What the batches add up to."""
    image = found.image
    whose = f"Terminal {found.tid or 'unknown'}, firmware {found.firmware or 'unknown'}"
    click.echo(f"{whose}, read at {found.taken_at:%Y-%m-%d %H:%M:%SZ}.")
    click.echo(f"Batch {image.state.get('batch', 0)} is open with {journal_backup.open_records(image)} records.")
    table = Table("Batch", "Records", "Amount", "Not uploaded", "Acknowledged", "Rejected")
    for total in journal_backup.totals(image):
        cells = (total.batch, total.records, f"{total.amount / 100:.2f}", total.queued, total.acked, total.rejected)
        table.add_row(*map(str, cells))
    Console().print(table)


@click.group(invoke_without_command=True)
@click.option("--serial", default="", help="Serial port of the terminal, real or emulated.")
@click.option("--flash", type=file_type, help="Flash file of an emulated board that is off.")
@click.option("--out", type=file_type, help="File to write; TID-TIME.backup by default.")
@click.pass_context
def backup(ctx: click.Context, serial: str, flash: Path | None, out: Path | None) -> None:
    """Export a terminal's journal to a file. The terminal goes on working meanwhile.

    `qiandao backup show FILE` prints what is in one.
    """
    if ctx.invoked_subcommand is not None:
        return
    with one_line():
        check_place(serial, flash)
        if out and out.exists():
            raise RefusedError(f"{out} exists already")
        with progress_bar("journal") as progress:
            found = read_board(serial, flash, progress)
        path = out or Path(f"{found.tid or 'unknown'}-{found.taken_at:%Y%m%dT%H%M%SZ}.backup")
        journal_backup.save(found, path)
        show_totals(found)
        click.echo(f"{path}: {len(found.slots) // 64} slots, read back and checked.")


@backup.command()
@click.argument("file", type=file_type)
def show(file: Path) -> None:
    """Print the batches and records of a backup FILE."""
    with one_line():
        found = journal_backup.load(file)
        show_totals(found)
        table = Table("Batch", "STAN", "Amount", "Operator", "State", "Code")
        for record in found.image.transactions:
            cells = (record.batch, f"{record.stan:06d}", f"{record.amount / 100:.2f}", f"{record.operator:03d}")
            table.add_row(*map(str, cells), WORDS[record.status], record.de39)
        Console().print(table)
