# SPDX-License-Identifier: MIT
"""`qiandao play`: one script on an emulated board, its screens in the terminal window. docs/script.md is its manual."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from tools.commands.routes import Route, routes_option
from tools.day.camera import Camera
from tools.day.narrator import Narrator
from tools.emulator import Board, BoardError
from tools.emulator.script import Player, ScriptError, read_script, understand
from tools.errors import RefusedError
from tools.host.errors import HostError
from tools.play import stage
from tools.provision import ProvisionError
from tools.setup.debian import SetupError

_PSK_VARIABLE: Final = "QIANDAO_PSK"
_END: Final = "the end"

_file = click.Path(path_type=Path, dir_okay=False)


def _text(script: str) -> str:
    """The whole script, understood before a board is set up for it."""
    try:
        text = sys.stdin.read() if script == "-" else read_script(Path(script))
        understand(text)
    except (ScriptError, UnicodeDecodeError) as fault:
        raise click.ClickException(f"{script}: {fault}") from None
    return text


@contextmanager
def _player(flash: Path | None, routes: list[Route], ssid: str | None, narrator: Narrator) -> Iterator[Player]:
    """A player without anybody who watches yet."""
    with ExitStack() as stack:
        if flash is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qiandao-play-")))
            rig = stack.enter_context(stage.shop(folder))
            player = rig.player
        else:
            board = stack.enter_context(stage.flashed(flash, routes, lambda: datetime.now(UTC)))
            board.wifi.ssid = ssid or board.wifi.ssid
            board.wifi.psk = os.environ.get(_PSK_VARIABLE, board.wifi.psk)
            player = Player(board)
        player.on_step = lambda words: narrator.heading(player.steps, words, player.board.now_ms)
        yield player


def _show(player: Player, text: str, narrator: Narrator, out: Path | None, is_all: bool) -> None:
    """Play it; the screens that it names are shown, or all of them, and where it ended."""
    board: Board = player.board
    film = Camera(board, (lambda: narrator.screen(board.panel.pixels, f"{board.now_ms} ms")) if is_all else None)
    player.on_picture = lambda name: narrator.picture(film.shoot(name))
    try:
        player.play(text)
        narrator.screen(board.panel.pixels, f"{_END}    LED {board.led.pattern()}")
    finally:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            narrator.say(f"{len(film.develop(out))} pictures in {out}")


@click.command()
@click.argument("script")
@click.option("--flash", type=_file, help="Play on the board in this flash file; without it a new one, with its host.")
@routes_option
@click.option("--ssid", help="With --flash: name of the Wi-Fi network in the air; its key is in QIANDAO_PSK.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the pictures as files.")
@click.option("--all", "is_all", is_flag=True, help="Show every screen, not only those that the script names.")
@click.option("--quiet", is_flag=True, help="Headings only, no screens.")
def play(
    script: str, flash: Path | None, routes: list[Route], ssid: str | None, out: Path | None, is_all: bool, quiet: bool
) -> None:
    """Play SCRIPT (- for standard input) on an emulated board; fails at the first line that does.

    Without --flash the board is new and provisioned, with a host, cashier 001 (PIN 246810) and supervisor 000 (975310).
    """
    if flash is None and (routes or ssid):
        raise click.UsageError("--route and --ssid go with --flash; a new board has its own host")
    text, narrator = _text(script), Narrator(quiet)
    try:
        with _player(flash, routes, ssid, narrator) as player:
            _show(player, text, narrator, out, is_all)
    except (ScriptError, BoardError, RefusedError, ProvisionError, HostError, SetupError, OSError) as fault:
        raise click.ClickException(f"{script}: {fault}") from None
