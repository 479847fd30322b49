# SPDX-License-Identifier: MIT
"""`host phone`: the simulated customer at the command line; a running host on the same books notices at once."""

import click

from tools.host import phone as customer
from tools.host.commands.context import Place, pass_place, show_amount, show_table, show_time
from tools.host.host import Host

_code = click.argument("code", required=False)
_last = click.option("--last", is_flag=True, help="The newest open order.")


def _chosen(host: Host, code: str | None, is_last: bool) -> str:
    if (code is None) is not is_last:
        raise click.UsageError("name a CODE (or host reference), or give --last")
    return host.phone.last().code if code is None else code


@click.group()
def phone() -> None:
    """A customer with a payment app."""


@phone.command(name="list")
@click.option("--tid", help="Of this terminal only.")
@pass_place
def list_orders(place: Place, tid: str | None) -> None:
    """Orders that can be paid."""
    with place.open() as host:
        rows = host.phone.orders(tid)
    cells = [(row.tid, row.code, row.rrn, show_amount(row.amount_minor), show_time(row.expires_at)) for row in rows]
    show_table("Open orders", ("TID", "Code", "Reference", "Amount", "Expires"), cells)


@phone.command()
@_code
@_last
@click.option("--payer", default=customer.PAYER, show_default=True)
@pass_place
def pay(place: Place, code: str | None, last: bool, payer: str) -> None:
    """Scan and pay."""
    with place.open() as host:
        order = host.phone.pay(_chosen(host, code, last), payer)
    click.echo(f"Paid {show_amount(order.amount_minor)} to terminal {order.tid}, reference {order.rrn}.")


@phone.command()
@_code
@_last
@pass_place
def expire(place: Place, code: str | None, last: bool) -> None:
    """Let the time of an order be over."""
    with place.open() as host:
        order = host.phone.expire(_chosen(host, code, last))
    click.echo(f"Order {order.rrn} is expired.")
