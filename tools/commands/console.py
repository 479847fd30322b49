# SPDX-License-Identifier: MIT
"""`qiandao console`: the terminal's live log, its screen and its keys, on the computer at the bench."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

import click

from tools.console_feed import Event, Feed
from tools.console_plain import Plain
from tools.console_words import stamped
from tools.errors import RefusedError


@contextmanager
def _log_file(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Every line with its time, on disk at once."""
    if path is None:
        yield lambda _words: None
        return
    with path.open("a", encoding="utf-8", buffering=1) as file:

        def keep(words: str) -> None:
            file.write(stamped(words, datetime.now().astimezone()))

        yield keep


def _is_dumb() -> bool:
    return not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "dumb") in ("dumb", "")


def _run_app(port: str, keep: Callable[[str], None]) -> None:
    from tools.console_app import ConsoleApp  # here: the plain form starts without it

    events: SimpleQueue[Event] = SimpleQueue()
    with Feed(port, events.put) as feed:
        ConsoleApp(feed, events, keep).run()


@click.command()
@click.option("--serial", "port", required=True, envvar="PORT", help="Serial port of the terminal; or set PORT.")
@click.option(
    "--log", "log_path", type=click.Path(path_type=Path, dir_okay=False), help="Append all lines to this file."
)
@click.option("--plain", is_flag=True, help="Lines only, as it is where there is no terminal to draw on.")
def console(port: str, log_path: Path | None, plain: bool) -> None:
    """Watch a terminal: its log, its screen, its light; press its keys; ask it with @ requests.

    Keys and the picture need a board that was provisioned as bench; log, state and @status, @health, @journal come from
    any. In plain form a line is a request (@health), keys (0 0 1 ENTER), help or quit; it ends with the last answer
    when its input has ended, with exit status 1 if anything was refused or not answered.
    """
    try:
        with _log_file(log_path) as keep:
            if plain or _is_dumb():
                lines = Plain(port, keep, sys.stdin)
                lines.run()
                sys.exit(0 if lines.is_good else 1)
            else:
                _run_app(port, keep)
    except RefusedError as fault:
        raise click.ClickException(str(fault)) from None
    except OSError as fault:
        raise click.ClickException(f"{fault.filename or log_path}: {fault.strerror}") from None
    except KeyboardInterrupt:
        click.echo()
