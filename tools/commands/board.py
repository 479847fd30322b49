# SPDX-License-Identifier: MIT
"""`qiandao board`: an emulated board on the bench, alive, with its console on a port that every serial tool opens.

Lines on standard input are commands of the script language (docs/script.md): a hand at its keys, its battery, its
network. It ends with that input or with Ctrl-C; the flash file keeps what the board has written.
"""

import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from tools.commands.routes import Route, routes_option
from tools.day.narrator import Narrator
from tools.emulator import Board, BoardError, flash_image
from tools.emulator.flash import SIZE
from tools.emulator.live import LiveBoard
from tools.emulator.script import Player, ScriptError
from tools.errors import RefusedError
from tools.play import stage
from tools.setup.debian import SetupError

_PSK_VARIABLE = "QIANDAO_PSK"
_file = click.Path(path_type=Path, dir_okay=False)


def _make(flash: Path, is_new: bool, is_erased: bool) -> None:
    """The file of a board that has none yet."""
    if is_new and is_erased:
        raise RefusedError("--new and --erased exclude each other")
    if is_new or is_erased:
        if flash.exists():
            raise RefusedError(f"{flash} exists already; leave --new and --erased out to go on with it")
        if is_new:
            flash_image(flash)
        else:
            flash.write_bytes(b"\xff" * SIZE)
        flash.chmod(0o600)  # keys will be in it
    elif not flash.exists():
        raise RefusedError(f"{flash} does not exist; --new makes a freshly flashed board, --erased a bare one")


@contextmanager
def _alone(flash: Path) -> Iterator[None]:
    """A flash chip sits on one board."""
    with flash.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError(f"{flash} is in use: another board runs on it") from None
        yield


class _Hand:
    """Does what the lines say, in the board's thread."""

    def __init__(self, live: LiveBoard, narrator: Narrator) -> None:
        self._live = live
        self._narrator = narrator
        self._player = live.call(Player)
        self._player.on_picture = self._show
        self._player.on_step = narrator.say

    def do(self, line: str) -> None:
        try:
            self._live.call(lambda _board: self._player.do(line))
        except (ScriptError, BoardError, ValueError) as fault:
            click.echo(f"{line}: {fault}", err=True)

    def _show(self, name: str) -> None:
        board = self._player.board
        self._narrator.screen(board.panel.pixels, f"{name}    LED {board.led.pattern()}")


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _attend(live: LiveBoard, narrator: Narrator) -> None:
    """Until standard input ends, or the board has met something that no chip does."""
    hand = _Hand(live, narrator)
    for line in sys.stdin:
        if stripped := line.strip():
            hand.do(stripped)
        if live.fault:
            raise RefusedError(f"the board has stopped: {live.fault}")


@click.command()
@click.option("--flash", required=True, type=_file, help="Flash file of the board.")
@click.option("--new", "is_new", is_flag=True, help="Make the file: a board freshly flashed with this firmware.")
@click.option("--erased", "is_erased", is_flag=True, help="Make the file: a bare chip, nothing flashed.")
@click.option("--link", type=_file, help="Symbolic link to the port, for a name that stays.")
@routes_option
@click.option("--ssid", help="Name of the Wi-Fi network in the air; its key is in QIANDAO_PSK.")
@click.option("--pace", default=1.0, show_default=True, type=click.FloatRange(0.01, 100.0), help="1: real time.")
def board(
    flash: Path, is_new: bool, is_erased: bool, link: Path | None, routes: list[Route], ssid: str | None, pace: float
) -> None:
    """Run an emulated board and print the port of its console.

    Its battery is connected. Standard input takes script lines, such as "press 1", "power hold 1500", "wifi off",
    "picture now"; docs/script.md has them all.
    """
    signal.signal(signal.SIGTERM, _end)
    try:
        _make(flash, is_new, is_erased)
        with _alone(flash), stage.flashed(flash, routes, lambda: datetime.now(UTC)) as chip:
            chip.wifi.ssid = ssid or chip.wifi.ssid
            chip.wifi.psk = os.environ.get(_PSK_VARIABLE, chip.wifi.psk)
            with LiveBoard(chip, pace, link) as live:
                live.call(Board.power_on)
                click.echo(f"port {link or live.port}")
                sys.stdout.flush()
                _attend(live, Narrator(is_quiet=False))
    except KeyboardInterrupt:
        return
    except (RefusedError, BoardError, SetupError, OSError) as fault:
        raise click.ClickException(str(fault)) from None
