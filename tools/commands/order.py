# SPDX-License-Identifier: MIT
"""What is to be done to one board: the fields of `qiandao provision`, each with its check, whether they come from
options, answers, a TOML file or a row of a CSV file. The same names everywhere.

A file with a Wi-Fi key in it is refused when others can read it. Paths in a file start at the file's folder.
"""

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import click

from tools.errors import RefusedError
from tools.host.enrol import SUPPORT
from tools.provision import Site

_LABEL: Final = r"[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_NAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NUMBERS: Final = re.compile(r"[0-9.]+")
_NUMBER: Final = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4: Final = re.compile(rf"{_NUMBER}(\.{_NUMBER}){{3}}")
_PSK: Final = re.compile(r"(|[ -~]{8,63})")  # WPA2 passphrase, or none for an open network
LANGUAGES: Final = sorted(path.stem for path in (Path(__file__).parents[2] / "firmware" / "words").glob("*.txt"))
_ADDRESS_MOST: Final = 64
_SSID_MOST: Final = 32  # bytes, IEEE 802.11
_OTHERS: Final = 0o077
DATA: Final = Path("build/host")


class _Checked(click.ParamType[str]):
    """A text that a function accepts or says what is wrong with."""

    def __init__(self, name: str, problem: Any) -> None:
        self.name = name
        self._problem = problem

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if reason := self._problem(text):
            self.fail(reason, param, ctx)
        return text


def _bad_address(text: str) -> str:
    form = _IPV4 if _NUMBERS.fullmatch(text) else _NAME
    is_good = len(text) <= _ADDRESS_MOST and form.fullmatch(text)
    return "" if is_good else f"'{text}' is neither an IPv4 address nor a host name"


def _bad_ssid(text: str) -> str:
    return "" if 1 <= len(text.encode()) <= _SSID_MOST else f"a network's name has 1 to {_SSID_MOST} bytes"


def _bad_psk(text: str) -> str:
    return "" if _PSK.fullmatch(text) else "a Wi-Fi key has 8 to 63 printable ASCII characters"


def _bad_tid(text: str) -> str:
    return "" if re.fullmatch(r"[0-9]{8}", text) else f"'{text}' is not a terminal number of eight digits"


def _bad_word(text: str) -> str:
    return "" if re.fullmatch(r"\S(.{0,22}\S)?", text) else "1 to 24 characters are needed here"


_file: Final = click.Path(path_type=Path, dir_okay=False)
PSK: Final = _Checked("key", _bad_psk)
FIELDS: Final[dict[str, click.ParamType[Any]]] = {
    "serial": _Checked("port", lambda text: "" if text else "a port has a name"),
    "flash": _file,
    "new": click.BOOL,
    "bundle": _file,
    "first_component": _file,
    "second_component": _file,
    "components": click.BOOL,
    "enrol": click.BOOL,
    "data": click.Path(path_type=Path, file_okay=False),
    "tid": _Checked("number", _bad_tid),
    "mid": _Checked("number", _bad_word),
    "serial_number": _Checked("text", _bad_word),
    "support": _Checked("text", _bad_word),
    "again": click.BOOL,
    "ssid": _Checked("name", _bad_ssid),
    "psk": PSK,
    "address": _Checked("address", _bad_address),
    "port": click.IntRange(1, 65535),
    "profile": _Checked("name", _bad_word),
    "language": click.Choice(LANGUAGES),
    "bench": click.BOOL,
    "replace": click.BOOL,
    "keep_journal": click.BOOL,
    "erase_journal": click.BOOL,
}


@dataclass(frozen=True, repr=False)
class Order:
    """One board, where its identity comes from (`bundle`, or `enrol` at the host of `data`), where it will stand."""

    serial: str = ""
    flash: Path | None = None
    new: bool = False
    bundle: Path | None = None
    first_component: Path | None = None
    second_component: Path | None = None
    components: bool = False
    enrol: bool = False
    data: Path = DATA
    tid: str = ""
    mid: str = ""
    serial_number: str = ""
    support: str = SUPPORT
    again: bool = False
    ssid: str = ""
    psk: str | None = None
    address: str = ""
    port: int = 8583
    profile: str = "reference"
    language: str = "zh"
    bench: bool = False
    replace: bool = False
    keep_journal: bool = False
    erase_journal: bool = False

    @property
    def target(self) -> str:
        return self.serial or (self.flash.name if self.flash else "")

    @property
    def name(self) -> str:
        """Which terminal, as far as the order says."""
        return self.tid or (self.bundle.stem if self.bundle else "")

    def missing(self) -> list[str]:
        """What must still be said, as options."""
        wanted = []
        if not self.serial and not self.flash:
            wanted.append("--serial or --flash")
        if not self.bundle and not self.enrol:
            wanted.append("--bundle or --enrol")
        if self.enrol:
            asked = {"--tid": self.tid, "--mid": self.mid, "--serial-number": self.serial_number}
            wanted += [name for name, value in asked.items() if not value]
        return wanted + [name for name, value in (("--ssid", self.ssid), ("--address", self.address)) if not value]

    def check(self) -> None:
        """RefusedError for what does not go together or is not there."""
        for pair in (
            ("serial", "flash"),
            ("bundle", "enrol"),
            ("enrol", "components"),
            ("keep_journal", "erase_journal"),
        ):
            if all(getattr(self, name) for name in pair):
                raise RefusedError(f"{_option(pair[0])} and {_option(pair[1])} exclude each other")
        if self.missing():
            raise RefusedError(f"{', '.join(self.missing())}: not given")
        if self.flash and self.new and self.flash.exists():
            raise RefusedError(f"{self.flash} exists already; leave --new out to provision it again")
        if self.flash and not self.new and not self.flash.exists():
            raise RefusedError(f"{self.flash} does not exist; --new makes a freshly flashed board")
        if self.bundle and not self.bundle.is_file():
            raise RefusedError(f"{self.bundle} does not exist; 'qiandao host enrol-terminal' writes it")

    def site(self, psk: str) -> Site:
        return Site(self.ssid, psk, self.address, self.port, self.profile, self.language, self.bench)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _checked(given: Mapping[str, Any], where: str, folder: Path) -> dict[str, Any]:
    """Values of the right types from a file; what is empty counts as not given."""
    values = {}
    for name, value in given.items():
        kind = FIELDS.get(name)
        if kind is None:
            raise RefusedError(f"{where}: there is no field '{name}' (there are {', '.join(FIELDS)})")
        if value is None or value == "":
            continue
        try:
            converted = kind.convert(value, None, None)
        except click.BadParameter as fault:
            raise RefusedError(f"{where}, {name}: {fault.message}") from None
        values[name] = folder / converted if isinstance(converted, Path) else converted
    return values


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise RefusedError(f"{path}: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise RefusedError(f"{path}: not UTF-8 text") from None


def _check_mode(path: Path, has_secret: bool) -> None:
    if has_secret and path.stat().st_mode & _OTHERS:
        raise RefusedError(f"{path} holds a Wi-Fi key and can be read by others: chmod 600")


def read_toml(path: Path) -> dict[str, Any]:
    """Fields of one order."""
    try:
        document = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as fault:
        raise RefusedError(f"{path}: {fault}") from None
    _check_mode(path, "psk" in document)
    return _checked(document, str(path), path.parent)


def read_csv(path: Path) -> list[dict[str, Any]]:
    """Fields of an order for each row; the first row names the columns."""
    rows = csv.DictReader(_text(path).splitlines(), skipinitialspace=True)
    orders = []
    seen: dict[tuple[str, Any], int] = {}
    try:
        _check_mode(path, "psk" in (rows.fieldnames or ()))
        for row in rows:
            where = f"{path}, line {rows.line_num}"
            if None in row or None in row.values():
                raise RefusedError(f"{where}: another number of cells than in the first line")
            order = _checked({name.strip(): cell.strip() for name, cell in row.items()}, where, path.parent)
            for key in ((name, order[name]) for name in ("tid", "flash", "bundle") if name in order):
                if key in seen:
                    raise RefusedError(f"{where}: {key[0]} {key[1]} stands in line {seen[key]} already")
                seen[key] = rows.line_num
            orders.append(order)
    except csv.Error as fault:
        raise RefusedError(f"{path}, line {rows.line_num}: {fault}") from None
    if not orders:
        raise RefusedError(f"{path}: no rows; the first line names the columns ({', '.join(FIELDS)})")
    return orders


assert set(FIELDS) == {field.name for field in fields(Order)}
