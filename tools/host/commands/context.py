# SPDX-License-Identifier: MIT
"""What every host command shares: where the database and the secrets are, the clock, and errors without tracebacks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from tools.host.clock import Clock
from tools.host.db import file_url
from tools.host.errors import HostError
from tools.host.host import Host

DEFAULT_DB = Path("build/host/host.db")
DEFAULT_PKI = Path("build/host/pki")


@dataclass(frozen=True)
class Place:
    """Where a host lives."""

    db_url: str
    pki_dir: Path
    clock: Clock

    @contextmanager
    def open(self) -> Iterator[Host]:
        """The host, not serving."""
        host = Host(self.db_url, self.pki_dir, clock=self.clock)
        try:
            yield host
        finally:
            host.close()


pass_place = click.make_pass_decorator(Place)


def database_url(text: str) -> str:
    """A URL as it is; a path as the URL of an SQLite file."""
    return text if "://" in text else file_url(Path(text))


class HostGroup(click.Group):
    """Shows the host's own errors, and a database that does not answer, as one line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HostError as error:
            raise click.ClickException(str(error)) from None
        except SQLAlchemyError as error:
            raise click.ClickException(f"the database does not answer ({type(error).__name__})") from None


def show_time(moment: datetime | None) -> str:
    """UTC, to the second."""
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%SZ")


def show_amount(amount_minor: int) -> str:
    """Minor units as an amount with two decimals."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100}.{abs(amount_minor) % 100:02d}"


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, or say that there is nothing to print."""
    if not rows:
        click.echo(f"{title}: none")
        return
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
