# SPDX-License-Identifier: MIT
"""`qiandao host`: the acquirer host at the command line. Each command is a thin layer over `Host`."""

from pathlib import Path

import click

from tools.host.clock import parse_clock
from tools.host.commands import audit, books, custody, desk, money, phone, service
from tools.host.commands.context import DEFAULT_DB, DEFAULT_PKI, HostGroup, Place, database_url


@click.group(cls=HostGroup)
@click.option(
    "--db", envvar="QIANDAO_HOST_DB", default=str(DEFAULT_DB), show_default=True, help="File or database URL."
)
@click.option(
    "--pki",
    envvar="QIANDAO_HOST_PKI",
    default=DEFAULT_PKI,
    show_default=True,
    type=click.Path(path_type=Path),
    help="Directory of certificates and keys.",
)
@click.option("--clock", envvar="QIANDAO_HOST_CLOCK", default="", help="Time to start from (ISO 8601), for a demo.")
@click.pass_context
def host(ctx: click.Context, db: str, pki: Path, clock: str) -> None:
    """The acquirer host that terminals sign in to."""
    ctx.obj = Place(database_url(db), pki, parse_clock(clock))


host.add_command(audit.audit)
host.add_command(phone.phone)
for _module in (service, custody, desk, books, money):
    for _command in vars(_module).values():
        if isinstance(_command, click.Command):
            host.add_command(_command)
