# SPDX-License-Identifier: MIT
"""`qiandao selftest`: the board on the bench tests itself with the firmware's drivers; a person says what only a person
can see. Works on a board that is not provisioned, in service mode, or provisioned as bench.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from tools.errors import RefusedError
from tools.selftest import report as reports
from tools.selftest.person import AtTheTerminal
from tools.selftest.result import Report
from tools.selftest.runner import CODES, SelfTest
from tools.serial_board import SerialBoard

_WIDTH = 200  # columns where the output is no terminal
_file = click.Path(path_type=Path, dir_okay=False)


def _check_folder(path: Path | None) -> None:
    """Before the test, not after it."""
    if path is not None and not path.parent.is_dir():
        raise click.ClickException(f"{path.parent} is no folder to write the report to")


@contextmanager
def _progress(is_headless: bool) -> Iterator[Callable[[int, int, str], None]]:
    """A bar where nobody is asked anything in between, else a line for each part."""
    if not (is_headless and sys.stderr.isatty()):
        yield lambda number, count, name: click.echo(f"[{number:2d}/{count}] {name}", err=True)
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda number, count, name: bar.update(task, description=name, completed=number - 1, total=count)


def _keep(report: Report, json_path: Path | None, junit_path: Path | None) -> None:
    try:
        if json_path is not None:
            reports.write_json(report, json_path)
        if junit_path is not None:
            reports.write_junit(report, junit_path)
    except OSError as fault:
        raise click.ClickException(f"{fault.filename}: {fault.strerror}") from None


@click.command()
@click.option("--serial", "port", required=True, envvar="PORT", help="Serial port of the board; or set PORT.")
@click.option("--headless", "is_headless", is_flag=True, help="Nobody is there: leave out what a person must confirm.")
@click.option("--only", multiple=True, type=click.Choice(CODES), help="Only this part; may be repeated.")
@click.option("--profile", default="", help="Board profile of a board that is not provisioned: reference, headless.")
@click.option("--write", "may_write", is_flag=True, help="Also program and erase a blank sector of an empty journal.")
@click.option("--json", "json_path", type=_file, help="Write the report to this file as JSON.")
@click.option("--junit", "junit_path", type=_file, help="Write the report to this file as JUnit XML.")
def selftest(
    port: str,
    is_headless: bool,
    only: tuple[str, ...],
    profile: str,
    may_write: bool,
    json_path: Path | None,
    junit_path: Path | None,
) -> None:
    """Test a board: display, keys, LED, flash, battery, random numbers, clock, Wi-Fi and the way to the host.

    The board must not be in service: not provisioned, in service mode (A held while it is switched on), or provisioned
    as bench. It is restarted at the end. Exit status 0 only if nothing failed.
    """
    _check_folder(json_path)
    _check_folder(junit_path)
    person = None if is_headless else AtTheTerminal()
    try:
        with SerialBoard(port) as board, _progress(is_headless) as on_part:
            report = SelfTest(board, person, profile, may_write, only, on_part=on_part).run()
    except RefusedError as fault:
        raise click.ClickException(str(fault)) from None
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(reports.table(report))
    _keep(report, json_path, junit_path)
    if not report.is_good:
        sys.exit(1)
