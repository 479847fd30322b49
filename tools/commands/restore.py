# SPDX-License-Identifier: MIT
"""`qiandao restore`: a backup's records into the journal of a replacement board, proved record by record (mission C1).

Never over a journal that holds something else, and never into another terminal.
"""

from pathlib import Path

import click

from tools import backup as journal_backup
from tools import backup_board
from tools.backup import Backup
from tools.commands.backup import check_place, file_type, one_line, progress_bar, read_board, show_totals
from tools.commands.transport import EmulatedBoard, open_board
from tools.errors import RefusedError
from tools.serial_board import SerialBoard

_SHOWN = 10


def _check_same(source: Backup, found: Backup) -> None:
    """RefusedError with the first differences."""
    lines = journal_backup.differences(source.image, found.image)
    for line in lines[:_SHOWN]:
        click.echo(line, err=True)
    if lines:
        raise RefusedError(f"the board's journal is not the backup's: {len(lines)} differences")


def _check_owner(source: Backup, found: Backup) -> None:
    if found.tid and source.tid and found.tid != source.tid:
        raise RefusedError(f"the board is terminal {found.tid}, the backup is terminal {source.tid}'s")


def _agree(source: Backup, found: Backup, may_replace: bool) -> None:
    """Nothing is written over unless somebody has typed whose journal it is."""
    if journal_backup.is_unused(found.image):
        return
    is_newer = journal_backup.is_newer(found.image, source.image)
    words = "newer than the backup" if is_newer else "not empty"
    if not may_replace:
        raise RefusedError(f"the board's journal is {words}; back it up, then --replace writes over it")
    show_totals(found)
    wanted = found.tid or source.tid or "replace"
    typed = click.prompt(f"This journal is {words} and will be gone. Type {wanted} to replace it", default="")
    if typed.strip() != wanted:
        raise RefusedError("not agreed; nothing was written")


def _restore(board: SerialBoard | EmulatedBoard, source: Backup, may_replace: bool, may_verify: bool) -> str:
    with progress_bar("reading") as progress:
        found = backup_board.read_repl(board, progress)
    _check_owner(source, found)
    is_interrupted = backup_board.is_interrupted(board)
    if not is_interrupted:
        if found.live == source.live:
            return "The board holds these records already."
        _agree(source, found, may_replace)
    with progress_bar("writing") as progress:
        written = backup_board.write(board, source, progress)
    if may_verify:
        _check_same(source, written)
        if written.live != source.live:
            raise RefusedError("the board's journal does not read back as it was written; repeat")
    tid = backup_board.finish(board)
    proof = "read back and compared record by record" if may_verify else "not compared"
    hint = "" if tid else " Now give the board its identity: qiandao provision --keep-journal."
    return f"{len(source.image.transactions)} transactions written, {proof}.{hint}"


@click.command()
@click.argument("file", type=file_type)
@click.option("--serial", default="", help="Serial port of the board: in service mode, or not provisioned yet.")
@click.option("--flash", type=file_type, help="Flash file of an emulated board that is off.")
@click.option("--verify/--no-verify", default=True, show_default=True, help="Read back, compare records and totals.")
@click.option("--dry-run", is_flag=True, help="Write nothing: compare what the board holds with FILE.")
@click.option("--replace", is_flag=True, help="Write over a journal that is not empty; asks to type whose it is.")
def restore(file: Path, serial: str, flash: Path | None, verify: bool, dry_run: bool, replace: bool) -> None:
    """Write the journal of a backup FILE into a replacement board.

    An interrupted restore leaves a terminal that is not set up; repeat it, and it gets its identity back.
    """
    with one_line():
        check_place(serial, flash)
        source = journal_backup.load(file)
        if dry_run:
            with progress_bar("reading") as progress:
                found = read_board(serial, flash, progress)
            _check_owner(source, found)
            _check_same(source, found)
            click.echo("The board holds what the backup holds.")
            return
        with open_board(serial, flash) as board:
            click.echo(_restore(board, source, replace, verify))
    show_totals(source)
