# SPDX-License-Identifier: MIT
"""Asks step by step for what an order lacks, checks each answer, and shows all of it before anything is written."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table
from serial.tools import list_ports

from tools.commands.identity import open_host
from tools.commands.order import DATA, FIELDS, LANGUAGES, PSK, Order
from tools.commands.transport import open_board
from tools.errors import RefusedError
from tools.host import bundle
from tools.host.errors import HostError
from tools.host.host import Host
from tools.provision import probe

Check = Callable[[Any], str]
"""What is wrong with an answer; empty when it is good."""

_HIDDEN: Final = "set"


def ask_psk(ssid: str = "") -> str:
    """Never shown, never an option: other users can read a command line."""
    words = f"Wi-Fi key of {ssid} (none: open network)" if ssid else "Wi-Fi key (none: open network)"
    return str(click.prompt(words, default="", hide_input=True, show_default=False, type=PSK))


def _ask(words: str, field: str, default: Any = None, check: Check | None = None) -> Any:
    """An answer of the field's type which `check` has nothing against."""

    def convert(text: Any) -> Any:
        value = FIELDS[field].convert(text, None, None)
        if check and (reason := check(value)):
            raise click.BadParameter(reason)
        return value

    return click.prompt(words, default=default, value_proc=convert)


def _target(order: Order) -> Order:
    if order.serial or order.flash:
        return order
    ports = [port.device for port in list_ports.comports()]
    if ports:
        click.echo(f"Serial ports here: {', '.join(ports)}")
    answer = _ask("Serial port, or flash file of an emulated board", "serial", ports[0] if ports else None)
    path = Path(answer)
    return replace(order, flash=path) if path.is_file() else replace(order, serial=answer)


def _look(order: Order) -> tuple[str, ...]:
    """Before the questions: is it there, and is it ours? The profiles that it knows."""
    if order.flash and order.new:
        return ()
    with open_board(order.serial, order.flash) as board:
        found = probe(board)
    holds = f"terminal {found.tid}" if found.tid else "not provisioned"
    click.echo(f"{order.target}: firmware {found.firmware}, MicroPython {found.micropython}, {holds}.")
    return found.profiles


def _bundle_or_nothing(text: str) -> Path | None:
    if not text:
        return None
    try:
        bundle.label(Path(text))
    except (HostError, OSError) as fault:
        raise click.BadParameter(str(fault)) from None
    return Path(text)


def _is_tmk(path: Path) -> bool:
    """The custodians will be asked for the TMK itself; told, so that they bring the right sheets."""
    try:
        label = bundle.label(path)
    except OSError as fault:
        raise RefusedError(f"{path}: {fault.strerror}") from None
    name = "TMK" if label.is_tmk else "transport key"
    click.echo(f"Terminal {label.tid}: two custodians will enter the {name} of check value {label.check_value}.")
    return label.is_tmk


def _identity(order: Order) -> Order:
    path = order.bundle
    if not path and not order.enrol:
        path = click.prompt(
            "Bundle from the host (none: enrol now)", default="", show_default=False, value_proc=_bundle_or_nothing
        )
    if path:
        return replace(order, bundle=path, components=order.components or _is_tmk(path))
    order = _answer(replace(order, enrol=True), "data", "Folder of the host's books", DATA, _no_host)
    with open_host(order.data) as host:
        order = _answer(order, "tid", "Terminal number")
        words = f"Terminal {order.tid} is enrolled already. Give it new keys, if this board does not hold them?"
        if host.enrolment.enrolled(order.tid) and not order.again:
            order = replace(order, again=click.confirm(words, default=False))
        order = _answer(order, "mid", "Merchant number", None, lambda mid: _no_merchant(host, mid))
    return _answer(order, "serial_number", "Serial number on the board")


def _no_host(data: Path) -> str:
    try:
        with open_host(data):
            return ""
    except HostError as fault:
        return str(fault)


def _no_merchant(host: Host, mid: str) -> str:
    return "" if host.enrolment.has_merchant(mid) else f"there is no merchant {mid}: 'qiandao host enrol-merchant'"


def _answer(order: Order, field: str, words: str, default: Any = None, check: Check | None = None) -> Order:
    """What an option has said already is not asked for."""
    if getattr(order, field) != getattr(Order(), field):
        return order
    return replace(order, **{field: _ask(words, field, default, check)})


def _site(order: Order, profiles: tuple[str, ...]) -> Order:
    order = _answer(order, "ssid", "Name of the Wi-Fi network")
    if order.psk is None:
        order = replace(order, psk=ask_psk())
    order = _answer(order, "address", "Address or name of the host, as seen from there")
    order = _answer(order, "port", "Port of the host", order.port)
    known = ", ".join(profiles)
    order = _answer(
        order,
        "profile",
        f"Board profile ({known})" if known else "Board profile",
        order.profile,
        lambda name: "" if not profiles or name in profiles else f"there are {known}",
    )
    order = _answer(order, "language", f"Language ({', '.join(LANGUAGES)})", order.language)
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
    profiles = _look(order)
    order = _site(_identity(order), profiles)
    show(order)
    if not is_agreed:
        click.confirm("Write this into the board?", default=True, abort=True)
    return order
