# SPDX-License-Identifier: MIT
"""Entering merchants, terminals, operators and notices, and orders to terminals (mission C3, C4)."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from tools.host import bundle
from tools.host.commands import custody
from tools.host.commands.context import Place, pass_place
from tools.host.enrol import ROLES, SUPPORT
from tools.host.errors import EnrolError

_mid = click.option("--mid", required=True, help="Merchant number.")
_pin_stdin = click.option(
    "--pin-stdin", is_flag=True, help="Read the PIN from standard input instead of asking for it."
)
_file = click.Path(path_type=Path, dir_okay=False)
_keep_pin = click.option("--keep-pin", is_flag=True, help="The PIN need not be changed at the first sign-in.")


@click.command()
@_mid
@click.option("--name", required=True)
@click.option("--currency", default="156", show_default=True, help="ISO 4217 number.")
@click.option("--utc-offset", default=480, show_default=True, type=click.IntRange(-720, 840), help="Minutes.")
@pass_place
def enrol_merchant(place: Place, mid: str, name: str, currency: str, utc_offset: int) -> None:
    """Enter a merchant, or change one."""
    with place.open() as host:
        host.enrolment.merchant(mid, name, currency, utc_offset)
    click.echo(f"Merchant {mid} {name}.")


@click.command()
@click.argument("tid")
@_mid
@click.option("--serial", required=True, help="Serial number of the device.")
@click.option("--support", default=SUPPORT, show_default=True, help="Contact shown to operators.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Bundle file; TID.json by default.")
@click.option("--renew", is_flag=True, help="New keys and certificate for an enrolled terminal.")
@click.option("--first-component", "first", type=_file, help="First custodian's component file; asked for by default.")
@click.option("--second-component", "second", type=_file, help="Second custodian's; asked for by default.")
@click.option(
    "--components", "is_tmk", is_flag=True, help="They make the TMK itself, and the bundle has no block of it."
)
@pass_place
def enrol_terminal(
    place: Place,
    tid: str,
    mid: str,
    serial: str,
    support: str,
    out: Path | None,
    renew: bool,
    first: Path | None,
    second: Path | None,
    is_tmk: bool,
) -> None:
    """Enter terminal TID; write its bundle under a transport key that two custodians enter in components."""
    path = out or Path(f"{tid}.json")
    if path.exists():
        raise EnrolError(f"{path} exists already")
    if not path.absolute().parent.is_dir():
        raise EnrolError(f"{path.parent} is not a directory")
    entered = custody.given("TMK" if is_tmk else "Transport key", first, second)
    with place.open() as host:
        keys = host.enrolment.keys_under(entered.key) if is_tmk else None
        identity = host.enrolment.terminal(tid, mid, serial, support, keys, is_renewed=renew)
    bundle.save(identity, path, entered)
    click.echo(f"Terminal {tid}: {path}")
    click.echo("The custodians bring their components to the board by ways of their own.")


def _read_pin(is_from_stdin: bool) -> str:
    if is_from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return click.prompt("PIN", hide_input=True, confirmation_prompt=True)


@click.command()
@click.argument("number")
@_mid
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(sorted(ROLES)), help="0 cashier, 1 supervisor, 9 administrator; by number.")
@_pin_stdin
@_keep_pin
@pass_place
def enrol_operator(
    place: Place, number: str, mid: str, name: str, role: str | None, pin_stdin: bool, keep_pin: bool
) -> None:
    """Enter operator NUMBER (000-099), or give one a new PIN; a lock is ended."""
    pin = _read_pin(pin_stdin)
    with place.open() as host:
        host.enrolment.operator(mid, number, name, pin, role, must_change=not keep_pin)
    click.echo(f"Operator {number} {name} of merchant {mid}.")


@click.command()
@click.argument("number")
@_mid
@_pin_stdin
@_keep_pin
@pass_place
def reset_pin(place: Place, number: str, mid: str, pin_stdin: bool, keep_pin: bool) -> None:
    """Give operator NUMBER a new PIN; a lock is ended."""
    pin = _read_pin(pin_stdin)
    with place.open() as host:
        host.enrolment.reset_pin(mid, number, pin, must_change=not keep_pin)
    click.echo(f"Operator {number} has a new PIN{'' if keep_pin else ', to be changed at the next sign-in'}.")


@click.command()
@click.argument("number")
@_mid
@pass_place
def unlock_operator(place: Place, number: str, mid: str) -> None:
    """Let operator NUMBER try again now."""
    with place.open() as host:
        host.enrolment.unlock_operator(mid, number)
    click.echo(f"Operator {number} may try again.")


@click.command()
@click.argument("number")
@_mid
@click.option("--enable/--disable", "is_enabled", required=True)
@pass_place
def set_operator(place: Place, number: str, mid: str, is_enabled: bool) -> None:
    """Disable operator NUMBER, or enable it again."""
    with place.open() as host:
        host.enrolment.enable_operator(mid, number, is_enabled)
    click.echo(f"Operator {number} is {'enabled' if is_enabled else 'disabled'}.")


@click.command()
@click.argument("tid")
@click.option("--bar/--unbar", "is_barred", default=None, help="Refuse everything with 58, or stop that.")
@click.option("--lock", "level", type=click.IntRange(0, 2), help="0 free, 1 no new sales, 2 maintenance.")
@click.option(
    "--pending", help="Work to ask for: 1 parameters, 2 status, 3 sign in, 6 software, 9 settle; '' for none."
)
@click.option("--for", "minutes", type=click.IntRange(1, 7 * 24 * 60), help="Minutes until the lock ends by itself.")
@click.option("--why", "text", default="", help="Told to the operator while the terminal is locked.")
@pass_place
def set_terminal(
    place: Place,
    tid: str,
    is_barred: bool | None,
    level: int | None,
    pending: str | None,
    minutes: int | None,
    text: str,
) -> None:
    """Bar or lock terminal TID, or ask it for work."""
    if is_barred is None and level is None and pending is None:
        raise click.UsageError("give --bar, --unbar, --lock or --pending")
    if not level and (minutes or text):
        raise click.UsageError("--for and --why belong to --lock 1 or 2")
    until = datetime.now(UTC) + timedelta(minutes=minutes) if minutes else None
    with place.open() as host:
        host.enrolment.control_terminal(tid, is_barred, level, pending, until, text)
    click.echo(f"Terminal {tid} changed.")


@click.command()
@click.argument("tid")
@pass_place
def unlock_terminal(place: Place, tid: str) -> None:
    """Let terminal TID forget the PIN tries that it has counted; told until it has heard it."""
    with place.open() as host:
        host.enrolment.unlock_terminal(tid)
    click.echo(f"Terminal {tid} forgets its PIN tries with its next status or sign-in.")


@click.command()
@click.argument("title")
@click.argument("body")
@click.option("--tid", help="For this terminal only.")
@click.option("--mid", help="For this merchant only.")
@click.option("--confirm", is_flag=True, help="Must be confirmed.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="UTC.")
@pass_place
def notice(
    place: Place, title: str, body: str, tid: str | None, mid: str | None, confirm: bool, expires: datetime | None
) -> None:
    """Enter a notice for all terminals, or for some."""
    until = None if expires is None else expires.replace(tzinfo=UTC)
    with place.open() as host:
        version = host.enrolment.notice(title, body, tid, mid, confirm, until)
    click.echo(f"Notice {version:04d}.")
