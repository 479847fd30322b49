# SPDX-License-Identifier: MIT
"""`qiandao flash`: erases an ESP32, real or emulated, and writes stock MicroPython with our partition table."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from tools.emulator.bootloader import LOADER_START, TABLE_START
from tools.emulator.image import partition_table, regions
from tools.errors import RefusedError
from tools.flashing import fetch, stock, writer

_file = click.Path(path_type=Path, dir_okay=False)


@contextmanager
def _bar() -> Iterator[writer.Progress]:
    """A bar on a terminal; elsewhere only a line for each step."""
    console = Console(stderr=True)
    if not console.is_terminal:
        said: list[str] = []

        def say(step: str, share: float) -> None:
            if step not in said:
                said.append(step)
                click.echo(f"{step} ...", err=True)

        yield say
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("connect", total=1.0)
        yield lambda step, share: bar.update(task, description=step, completed=share)


@click.command()
@click.option("--serial", "port", required=True, envvar="PORT", show_envvar=True, help="Serial port of the board.")
@click.option("--firmware", type=_file, help="Stock MicroPython image for the ESP32 (.bin); fetched if left out.")
@click.option("--version", default=fetch.VERSION, show_default=True, help="The release to fetch.")
@click.option("--baud", default=writer.BAUD, show_default=True, help="Speed of the transfer.")
def flash(port: str, firmware: Path | None, version: str, baud: int) -> None:
    """Erase a board and give it MicroPython and our partition table; 'qiandao deploy' comes next.

    Everything on the board is lost, its keys and journal too.
    """
    table = regions()
    try:
        parts, number = stock.load(firmware or fetch.stock_image(version), table["factory"])
        with _bar() as progress:
            mac = writer.write(
                port,
                {
                    LOADER_START: parts.bootloader,
                    TABLE_START: partition_table(table.values()),
                    table["factory"].start: parts.app,
                },
                progress,
                baud,
            )
    except RefusedError as fault:
        raise click.ClickException(str(fault)) from None
    click.echo(f"MicroPython {number} is on the board {mac} at {port}.")
