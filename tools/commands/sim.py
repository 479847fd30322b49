# SPDX-License-Identifier: MIT
"""`qiandao sim`: the terminal on a web page of this computer, with its host, its phone and its serial line."""

import os
from pathlib import Path

import click

from tools.commands.order import LANGUAGES
from tools.host.clock import parse_clock
from tools.host.errors import HostError
from tools.setup.debian import SetupError
from tools.sim.claim import BusyError
from tools.sim.server import DEFAULT_PORT, AddressError, Wishes, serve
from tools.sim.shop import Settings


def _has_screen() -> bool:
    """Whether a browser would have somewhere to open; without a screen some open in the shell itself."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@click.command()
@click.option("--address", default="127.0.0.1", show_default=True, help="127.0.0.1 or ::1: this computer only.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help=f"{DEFAULT_PORT}, or a free one when that is taken; 0: a free one."
)
@click.option(
    "--folder",
    default=Path("build/sim"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the terminals' flash and the host's books last.",
)
@click.option("--new", "is_new", is_flag=True, help="Begin with a new host and a factory-new terminal.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@click.option("--language", default="zh", show_default=True, type=click.Choice(LANGUAGES), help="Of a new terminal.")
@click.option("--pace", default=1.0, show_default=True, type=click.FloatRange(0.1, 10), help="Of the boards' time.")
@click.option("--clock", default="", help="Time to start from (ISO 8601), for a demonstration.")
def sim(
    address: str, port: int | None, folder: Path, is_new: bool, no_browser: bool, language: str, pace: float, clock: str
) -> None:
    """Try the terminal on a web page: press its keys, watch its light, cut its power, read the host's books.

    Everything is kept in the folder; Ctrl-C ends it.
    """
    settings = Settings(pace, language, clock)
    wishes = Wishes(folder, address, port, is_new, not no_browser and _has_screen(), settings)

    def say(url: str) -> None:
        click.echo(f"The terminal is at {url}  (Ctrl-C ends it; its flash stays in {folder})")

    try:
        parse_clock(clock)
        serve(wishes, say)
    except BusyError as fault:
        raise click.ClickException(f"{folder} is open already: {fault}") from None
    except (AddressError, HostError, SetupError) as fault:
        raise click.ClickException(str(fault)) from None
    except OSError as fault:
        raise click.ClickException(f"{folder}: {fault.strerror}") from None
    click.echo("\nStopped.")
