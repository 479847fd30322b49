# SPDX-License-Identifier: MIT
"""`qiandao day`, `python -m tools.day`, `make day`."""

from pathlib import Path
from typing import Final

import click

from tools.day.failure import DayError
from tools.day.live import Day, live
from tools.day.narrator import Narrator
from tools.emulator import BoardError
from tools.host.errors import HostError
from tools.provision import ProvisionError
from tools.setup.debian import SetupError

_ROOT: Final = Path(__file__).parents[2]
_SCRIPT: Final = Path(__file__).with_name("day.script")


@click.command()
@click.option("--quiet", is_flag=True, help="Headings and tables only, no screens.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=_ROOT / "build" / "day",
    help="Folder for pictures; build/day by default.",
)
@click.option(
    "--script", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=_SCRIPT, help="Another day."
)
@click.option("--keep", is_flag=True, help="Keep the host's files and the board's flash, in work/ there.")
def day(quiet: bool, out: Path, script: Path, keep: bool) -> None:
    """Live through a shop's day on the emulated board; fails when a step or the books do."""
    narrator = Narrator(quiet)
    try:
        live(Day(script, out, keep), narrator)
    except (DayError, BoardError, ProvisionError, HostError, SetupError) as fault:
        narrator.failure(f"\nThe day failed: {fault}\nWhat it left is in {out}.")
        raise SystemExit(1) from None
