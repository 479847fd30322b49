# SPDX-License-Identifier: MIT
"""`qiandao provision`: writes the bundle that the host made for a terminal into a board (mission C4).

The Wi-Fi key comes from a prompt or from QIANDAO_PSK, never from the command line, where other users can read it.
"""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tools.commands.transport import EmulatedBoard
from tools.errors import RefusedError
from tools.host import bundle, crypto
from tools.host.bundle import TerminalIdentity
from tools.host.errors import HostError
from tools.provision import ProvisionError, Site
from tools.provision import provision as write
from tools.setup.debian import SetupError

_PSK_VARIABLE: Final = "QIANDAO_PSK"
_PSK: Final = re.compile(r"(|[ -~]{8,63})")  # WPA2 passphrase, or none for an open network
_LABEL: Final = r"[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_NAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NUMBERS: Final = re.compile(r"[0-9.]+")
_NUMBER: Final = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4: Final = re.compile(rf"{_NUMBER}(\.{_NUMBER}){{3}}")
_LANGUAGES: Final = sorted(path.stem for path in (Path(__file__).parents[2] / "firmware" / "words").glob("*.txt"))
_ADDRESS_MOST: Final = 64
_SSID_MOST: Final = 32  # bytes, IEEE 802.11

_file = click.Path(path_type=Path, dir_okay=False)


def _address(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    form = _IPV4 if _NUMBERS.fullmatch(value) else _NAME
    if len(value) > _ADDRESS_MOST or not form.fullmatch(value):
        raise click.BadParameter(f"'{value}' is neither an IPv4 address nor a host name")
    return value


def _ssid(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not 1 <= len(value.encode()) <= _SSID_MOST:
        raise click.BadParameter(f"a network's name has 1 to {_SSID_MOST} bytes")
    return value


def _ask_psk() -> str:
    psk = os.environ.get(_PSK_VARIABLE)
    if psk is None:
        psk = str(click.prompt("Wi-Fi key (none: open network)", default="", hide_input=True, show_default=False))
    if not _PSK.fullmatch(psk):
        raise click.ClickException("a Wi-Fi key has 8 to 63 printable ASCII characters")
    return psk


def _check_files(flash: Path, bundle_path: Path, key_file: Path | None, is_new: bool) -> None:
    if is_new and flash.exists():
        raise click.ClickException(f"{flash} exists already; leave --new out to provision it again")
    if not is_new and not flash.exists():
        raise click.ClickException(f"{flash} does not exist; --new makes a freshly flashed board")
    for path in (bundle_path, key_file or bundle.key_path(bundle_path)):
        if not path.is_file():
            raise click.ClickException(f"{path} does not exist; 'qiandao host enrol-terminal' writes it")


def _check_keys(identity: TerminalIdentity, kcvs: dict[str, str]) -> None:
    keys = {"TMK": identity.tmk, "TAK0": identity.tak0, "TPK0": identity.tpk0}
    if kcvs != {name: crypto.kcv(key) for name, key in keys.items()}:
        raise ProvisionError("the board holds other keys than the bundle")


def _show(identity: TerminalIdentity, kcvs: dict[str, str], target: str) -> None:
    click.echo(f"Terminal {identity.tid} of merchant {identity.mid} is in {target}.")
    table = Table("Key")
    table.add_column("Check value")
    for name, value in kcvs.items():
        table.add_row(name, value)
    Console().print(table)


@click.command()
@click.option("--flash", required=True, type=_file, help="Flash file of an emulated board.")
@click.option("--new", "is_new", is_flag=True, help="Make the file: a board freshly flashed with this firmware.")
@click.option("--bundle", "bundle_path", required=True, type=_file, help="Bundle that the host wrote for the terminal.")
@click.option("--key-file", type=_file, help="The bundle's transport key; looked for beside it by default.")
@click.option("--ssid", required=True, callback=_ssid, help="Name of the shop's Wi-Fi network.")
@click.option("--address", required=True, callback=_address, help="The host's address or name, as seen from there.")
@click.option("--port", default=8583, show_default=True, type=click.IntRange(1, 65535))
@click.option("--profile", default="reference", show_default=True, help="Board profile of firmware/board.py.")
@click.option("--language", default="zh", show_default=True, type=click.Choice(_LANGUAGES))
def provision(
    flash: Path,
    is_new: bool,
    bundle_path: Path,
    key_file: Path | None,
    ssid: str,
    address: str,
    port: int,
    profile: str,
    language: str,
) -> None:
    """Give a terminal its identity, keys, Wi-Fi and host; its journal starts empty.

    The Wi-Fi key is asked for, or taken from QIANDAO_PSK.
    """
    _check_files(flash, bundle_path, key_file, is_new)
    try:
        identity = bundle.load(bundle_path, key_file)
        site = Site(ssid, _ask_psk(), address, port, profile, language)
        with EmulatedBoard(flash, is_new) as board:
            kcvs = write(board, identity, site, datetime.now(UTC))
        _check_keys(identity, kcvs)
    except (HostError, RefusedError, ProvisionError, SetupError) as fault:
        raise click.ClickException(str(fault)) from None
    _show(identity, kcvs, flash.name)
