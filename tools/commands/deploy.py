# SPDX-License-Identifier: MIT
"""`qiandao deploy`: copies the firmware onto a board that runs MicroPython, real or emulated; only what changed."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from tools.emulator.image import deployed, tree_files
from tools.emulator.rom import CompileError
from tools.errors import RefusedError
from tools.flashing import deployment
from tools.serial_board import SerialBoard

_MPY_VERSION_AT = 1  # byte of a .mpy file


@contextmanager
def _bar() -> Iterator[deployment.Progress]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda path, done, total: None
        return
    with Progress(
        TextColumn("{task.description:<32}"), BarColumn(), DownloadColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("compare", total=None)
        yield lambda path, done, total: bar.update(task, description=path, completed=done, total=total)


def _files(as_source: bool) -> tuple[dict[str, bytes], int | None]:
    """The tree as it goes onto the board, and the version of its byte code."""
    if as_source:
        return tree_files(), None
    files = deployed(tree_files())
    return files, next(data[_MPY_VERSION_AT] for path, data in files.items() if path.endswith(".mpy"))


@click.command()
@click.option("--serial", "port", required=True, envvar="PORT", show_envvar=True, help="Serial port of the board.")
@click.option("--source", is_flag=True, help="Copy the source instead of byte code; the board needs more heap then.")
def deploy(port: str, source: bool) -> None:
    """Copy the firmware onto a board: what changed is copied, what no longer belongs there removed.

    The board is restarted at the end and runs the firmware. Repeat an interrupted deployment to finish it.
    """
    try:
        files, mpy = _files(source)
        with SerialBoard(port) as board, _bar() as progress:
            outcome = deployment.deploy(board, files, mpy, progress)
    except (RefusedError, CompileError) as fault:
        raise click.ClickException(str(fault)) from None
    if outcome.copied or outcome.removed:
        click.echo(
            f"Firmware {outcome.version} is on the board: {outcome.copied} files copied, {outcome.removed} removed."
        )
    else:
        click.echo(f"Firmware {outcome.version} is on the board already: nothing copied.")
