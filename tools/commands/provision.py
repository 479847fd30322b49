# SPDX-License-Identifier: MIT
"""`qiandao provision`: gives boards their identity, keys, Wi-Fi and host (mission C4): from options, from a TOML file,
asked step by step, or from a CSV file for a batch.

The Wi-Fi key comes from a prompt, from QIANDAO_PSK or from a file that only its owner can read, the components over a
bundle from prompts or two such files; never from the command line, where other users can read it.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from tools.commands import provision_batch, provision_guide
from tools.commands.ceremony import Ceremony
from tools.commands.order import DATA, FIELDS, PSK, Order, read_csv, read_toml
from tools.commands.provision_board import Done, carry_out
from tools.errors import RefusedError
from tools.host.errors import HostError
from tools.provision import ProvisionError
from tools.setup.debian import SetupError

_PSK_VARIABLE: Final = "QIANDAO_PSK"
_FAULTS: Final = (HostError, RefusedError, ProvisionError, SetupError)
_HELP: Final = {
    "serial": "Serial port of the board, real or emulated.",
    "flash": "Flash file of an emulated board that is off.",
    "new": "Make the flash file: a board freshly flashed with this firmware.",
    "bundle": "Bundle that the host wrote for the terminal.",
    "first_component": "First custodian's component file of the bundle's key; asked for by default.",
    "second_component": "Second custodian's component file; asked for by default.",
    "components": "The components make the TMK itself; the bundle has no block of it.",
    "enrol": "Enrol the terminal at the host now, instead of a bundle.",
    "data": f"Folder of the host's books, to enrol there; {DATA} by default.",
    "tid": "Terminal number, to enrol it.",
    "mid": "Merchant number, to enrol it.",
    "serial_number": "Serial number of the device, to enrol it.",
    "support": "Contact shown to operators, to enrol it.",
    "again": "Give a terminal that is enrolled already new keys; its old ones end.",
    "ssid": "Name of the shop's Wi-Fi network.",
    "address": "The host's address or name, as seen from there.",
    "port": "The host's port; 8583 by default.",
    "profile": "Board profile of firmware/board.py; 'reference' by default.",
    "language": "Language of the screens; 'zh' by default.",
    "bench": "A bench board: keys and screen over serial. Never for a shop.",
    "replace": "The board is another terminal; take that identity away.",
    "keep_journal": "The journal stays (it was restored, or is this terminal's own).",
    "erase_journal": "Erase records that no host has settled.",
}


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """One option for each field, in the order of _HELP."""
    for name, words in reversed(_HELP.items()):
        option = "--" + name.replace("_", "-")
        if FIELDS[name] is click.BOOL:
            command = click.option(option, name, is_flag=True, default=None, help=words)(command)
        else:
            command = click.option(option, name, type=FIELDS[name], help=words)(command)
    return command


def _psk(order: Order) -> str:
    """Of the file, of the environment, or asked for."""
    if order.psk is not None:
        return order.psk
    psk = os.environ.get(_PSK_VARIABLE)
    if psk is None:
        return provision_guide.ask_psk()
    try:
        return str(PSK.convert(psk, None, None))
    except click.BadParameter as fault:
        raise RefusedError(fault.message) from None


def _show(done: Done, target: str) -> None:
    click.echo(f"Terminal {done.tid} is in {target}: {done.what}.")
    table = Table("Key", "Check value")
    for name, value in done.kcvs.items():
        table.add_row(name, value)
    Console().print(table)
    if done.started:
        click.echo(f"It has started: {done.started}.")


def _one(given: dict[str, Any], is_agreed: bool) -> None:
    order = Order(**given)
    if order.psk is None and _PSK_VARIABLE in os.environ:
        order = replace(order, psk=_psk(order))
    if order.missing():
        order = provision_guide.guided(order, is_agreed)
    order.check()
    _show(carry_out(order, _psk(order), Ceremony()), order.target)


def _keys(orders: list[Order]) -> list[Order]:
    """Every order with its network's key; each network is asked for once."""
    known: dict[str, str] = {}
    result = []
    for order in orders:
        if order.psk is None and order.ssid not in known:
            known[order.ssid] = _psk(order) if _PSK_VARIABLE in os.environ else provision_guide.ask_psk(order.ssid)
        result.append(order if order.psk is not None else replace(order, psk=known[order.ssid]))
    return result


def _many(given: dict[str, Any], batch: Path) -> None:
    orders = _keys([Order(**{**given, **row}) for row in read_csv(batch)])
    ceremony = Ceremony()
    ceremony.prepare(orders)
    rows = provision_batch.run(orders, lambda order: carry_out(order, _psk(order), ceremony, True), _FAULTS)
    provision_batch.show(rows)
    if any(row.done is None for row in rows):
        raise click.exceptions.Exit(1)


_file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@_options
@click.option("--from", "file", type=_file, help="TOML file with these options as fields (and psk); options win.")
@click.option("--batch", type=_file, help="CSV file: a row for each board, columns as the fields; rows win.")
@click.option("--yes", is_flag=True, help="Do not ask for the agreement to the summary.")
def provision(file: Path | None, batch: Path | None, yes: bool, **options: Any) -> None:
    """Give a terminal its identity, keys, Wi-Fi and host; its journal starts empty.

    What is missing is asked for. The Wi-Fi key is asked for, or taken from QIANDAO_PSK. A board that has everything
    already is left alone, so that an interrupted command is simply repeated.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        given = {**(read_toml(file) if file else {}), **given}
        if batch:
            _many(given, batch)
        else:
            _one(given, yes)
    except _FAULTS as fault:
        raise click.ClickException(str(fault)) from None
    except click.Abort:
        raise click.ClickException("stopped; nothing more was written") from None
