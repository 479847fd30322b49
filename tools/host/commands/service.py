# SPDX-License-Identifier: MIT
"""`host init`, `host upgrade` and `host serve`."""

import logging
import signal
import threading

import click

from tools.host import pki, setup
from tools.host.commands.context import Place, pass_place
from tools.host.db import Database


@click.command()
@click.option("--server-name", default=pki.SERVER_NAME, show_default=True, help="Name that terminals check.")
@pass_place
def init(place: Place, server_name: str) -> None:
    """Make a new host: authority, certificates, master key, tables."""
    setup.create(place.db_url, place.pki_dir, server_name)
    click.echo(f"A new host named {server_name}; its secrets are in {place.pki_dir}: keep them from others.")


@click.command()
@pass_place
def upgrade(place: Place) -> None:
    """Bring an older release's books to this one's; make a copy of them first."""
    db = Database(place.db_url)
    try:
        is_done = db.upgrade()
    finally:
        db.close()
    click.echo("The books are upgraded." if is_done else "The books are up to date.")


@click.command()
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8583, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--log", "level", default="info", show_default=True, type=click.Choice(["debug", "info", "warning"]))
@pass_place
def serve(place: Place, address: str, port: int, level: str) -> None:
    """Answer terminals until interrupted."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with place.open() as host:
        try:
            bound = host.start(port, address)
        except OSError as error:
            raise click.ClickException(f"{address}:{port}: {error.strerror}") from None
        click.echo(f"ready on {address}:{bound}")
        stopping.wait()
        click.echo("stopping")
