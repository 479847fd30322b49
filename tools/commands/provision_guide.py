# SPDX-License-Identifier: MIT
"""Asks step by step for what an order lacks, checks each answer, and shows all of it before anything is written."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table
from serial.tools import list_ports

from tools.commands.order import DATA, FIELDS, LANGUAGES, PSK, Order
from tools.commands.transport import open_board
from tools.host import bundle
from tools.host.errors import HostError
from tools.provision import probe

_HIDDEN: Final = "set"


def ask_psk(ssid: str = "") -> str:
    """Never shown, never an option: other users can read a command line."""
    words = f"Wi-Fi key of {ssid} (none: open network)" if ssid else "Wi-Fi key (none: open network)"
    return str(click.prompt(words, default="", hide_input=True, show_default=False, type=PSK))


def _ask(words: str, field: str, default: Any = None) -> Any:
    return click.prompt(words, type=FIELDS[field], default=default)


def _target(order: Order) -> Order:
    if order.serial or order.flash:
        return order
    ports = [port.device for port in list_ports.comports()]
    if ports:
        click.echo(f"Serial ports here: {', '.join(ports)}")
    answer = _ask("Serial port, or flash file of an emulated board", "serial", ports[0] if ports else None)
    path = Path(answer)
    return replace(order, flash=path) if path.is_file() else replace(order, serial=answer)


def _look(order: Order) -> None:
    """Before the questions: is it there, and is it ours?"""
    if order.flash and order.new:
        return
    with open_board(order.serial, order.flash) as board:
        found = probe(board)
    holds = f"terminal {found.tid}" if found.tid else "not provisioned"
    click.echo(f"{order.target}: firmware {found.firmware}, MicroPython {found.micropython}, {holds}.")


def _bundle_or_nothing(text: str) -> Path | None:
    if not text:
        return None
    try:
        bundle.load(Path(text))
    except (HostError, OSError) as fault:
        raise click.BadParameter(str(fault)) from None
    return Path(text)


def _identity(order: Order) -> Order:
    path = order.bundle
    if not path and not order.enrol:
        path = click.prompt("Bundle from the host (none: enrol now)", default="", value_proc=_bundle_or_nothing)
    if path:
        return replace(order, bundle=path)
    asked: Mapping[str, tuple[str, Any]] = {
        "data": ("Folder of the host's books", DATA),
        "tid": ("Terminal number", None),
        "mid": ("Merchant number", None),
        "serial_number": ("Serial number on the board", None),
    }
    return _answers(replace(order, enrol=True), asked)


def _answers(order: Order, asked: Mapping[str, tuple[str, Any]]) -> Order:
    """What an option has said already is not asked for."""
    standard = Order()
    for name, (words, default) in asked.items():
        if getattr(order, name) == getattr(standard, name):
            order = replace(order, **{name: _ask(words, name, default)})
    return order


def _site(order: Order) -> Order:
    order = _answers(order, {"ssid": ("Name of the Wi-Fi network", None)})
    if order.psk is None:
        order = replace(order, psk=ask_psk())
    order = _answers(
        order,
        {
            "address": ("Address or name of the host, as seen from there", None),
            "port": ("Port of the host", order.port),
            "profile": ("Board profile", order.profile),
            "language": (f"Language ({', '.join(LANGUAGES)})", order.language),
        },
    )
    if not order.bench:
        words = "A bench board (keys and screen over serial; never for a shop)?"
        order = replace(order, bench=click.confirm(words, default=False))
    return order


def show(order: Order) -> None:
    """Everything but the key."""
    table = Table("", "", show_header=False)
    host = f"enrol at {order.data}, merchant {order.mid}, serial number {order.serial_number}"
    rows = {
        "Board": order.target,
        "Terminal": f"{order.tid or 'as in the bundle'}",
        "Identity": str(order.bundle) if order.bundle else host,
        "Wi-Fi": f"{order.ssid}, key {_HIDDEN if order.psk else 'none'}",
        "Host": f"{order.address}:{order.port}",
        "Board profile": order.profile,
        "Language": order.language,
        "Bench board": "yes" if order.bench else "no",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    Console().print(table)


def guided(order: Order, is_agreed: bool) -> Order:
    """The order, complete and agreed to; click.Abort if it is not."""
    order = _target(order)
    _look(order)
    order = _site(_identity(order))
    show(order)
    if not is_agreed:
        click.confirm("Write this into the board?", default=True, abort=True)
    return order
