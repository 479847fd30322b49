# SPDX-License-Identifier: MIT
"""`qiandao image`: one file with all 4 MB of a board, for the factory line: written at 0, provisioned afterwards."""

from pathlib import Path

import click

from tools.emulator.image import deployed, merged, regions, tree_files, version
from tools.emulator.rom import CompileError
from tools.errors import RefusedError
from tools.flashing import fetch, stock

_file = click.Path(path_type=Path, dir_okay=False)
_OUT = Path("build/qiandao.bin")


@click.command()
@click.option("--firmware", type=_file, help="Stock MicroPython image for the ESP32 (.bin); fetched if left out.")
@click.option("--version", "release", default=fetch.VERSION, show_default=True, help="The release to fetch.")
@click.option("--out", type=_file, default=_OUT, show_default=True, help="The file to write.")
def image(firmware: Path | None, release: str, out: Path) -> None:
    """Make one file of MicroPython, partition table and compiled firmware; keys and journal are blank in it.

    A board gets it with: esptool --chip esp32 --port PORT write-flash 0 FILE
    """
    table = regions()
    try:
        parts, number = stock.load(firmware or fetch.stock_image(release), table["factory"])
        out.parent.mkdir(parents=True, exist_ok=True)
        data = merged(parts, deployed(tree_files()), table)
        fresh = out.with_name(out.name + ".new")
        fresh.write_bytes(data)
        fresh.replace(out)
    except (RefusedError, CompileError) as fault:
        raise click.ClickException(str(fault)) from None
    except OSError as fault:
        raise click.ClickException(f"{fault.filename}: {fault.strerror}") from None
    click.echo(f"{out}: firmware {version()} on MicroPython {number}, {len(data) >> 20} MB, to be written at 0.")
