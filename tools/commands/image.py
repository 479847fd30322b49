# SPDX-License-Identifier: MIT
"""`qiandao image`: one file with all 4 MB of a board, for the factory line: written at 0, provisioned afterwards."""

from collections.abc import Callable
from pathlib import Path

import click

from tools.emulator.image import deployed, merged, regions, release, stand_in, tree_files
from tools.emulator.image import version as firmware_version
from tools.emulator.rom import CompileError
from tools.errors import RefusedError
from tools.flashing import fetch, stock
from tools.setup.debian import SetupError

_file = click.Path(path_type=Path, dir_okay=False)
_OUT = Path("build/qiandao.bin")


def _keep(out: Path, make: Callable[[], bytes]) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = out.with_name(out.name + ".new")
        fresh.write_bytes(make())
        fresh.replace(out)
    except OSError as fault:
        raise RefusedError(f"{fault.filename}: {fault.strerror}") from None


def _make_stand_in(out: Path) -> None:
    _keep(out, lambda: release(stand_in(), regions()))
    click.echo(f"{out}: stands in for stock MicroPython on the emulated board; a real one cannot run it.")


def _make_image(firmware: Path | None, version: str, out: Path) -> None:
    table = regions()
    parts, number = stock.load(firmware or fetch.stock_image(version), table["factory"])
    _keep(out, lambda: merged(parts, deployed(tree_files()), table))
    click.echo(f"{out}: firmware {firmware_version()} on MicroPython {number}, to be written at 0.")


@click.command()
@click.option("--firmware", type=_file, help="Stock MicroPython image for the ESP32 (.bin); fetched if left out.")
@click.option("--version", default=fetch.VERSION, show_default=True, help="The release to fetch.")
@click.option("--out", type=_file, default=_OUT, show_default=True, help="The file to write.")
@click.option(
    "--stand-in", "is_stand_in", is_flag=True, help="Only a FIRMWARE file with which to flash emulated boards."
)
def image(firmware: Path | None, version: str, out: Path, is_stand_in: bool) -> None:
    """Make one file of MicroPython, partition table and compiled firmware; keys and journal are blank in it.

    A board gets it with: esptool --chip esp32 --port PORT write-flash 0 FILE
    """
    try:
        if is_stand_in:
            _make_stand_in(out)
        else:
            _make_image(firmware, version, out)
    except (RefusedError, CompileError, SetupError) as fault:
        raise click.ClickException(str(fault)) from None
