# SPDX-License-Identifier: MIT
"""The custodians' part: making a component, and entering both, each unseen by the other custodian (mission C4)."""

from pathlib import Path
from typing import Final

import click

from tools.host import components
from tools.host.components import Components
from tools.host.errors import SetupError

_CUSTODIANS: Final = ("first", "second")


def _typed(words: str) -> bytes:
    while True:
        try:
            return components.parse(str(click.prompt(words, hide_input=True)))
        except SetupError as fault:  # it says what is wrong, and nothing of what was typed
            click.echo(f"Error: {fault}")


def _ask_one(custodian: str) -> bytes:
    """Typed twice; the check value between the two is compared with the custodian's sheet."""
    while True:
        component = _typed(f"Component of the {custodian} custodian")
        click.echo(f"Its check value is {components.check_value(component)}: the same as on your sheet?")
        if _typed("The component once more") == component:
            return component
        click.echo("The two are not the same. From the beginning:")


def ask(name: str) -> Components:
    """Both components of the key `name`, from one custodian after the other."""
    first, second = [_ask_one(custodian) for custodian in _CUSTODIANS]
    return _told(name, Components(first, second).checked())


def given(name: str, first: Path | None, second: Path | None) -> Components:
    """From two files, or asked for."""
    if first and second:
        return _told(name, components.of_files(first, second))
    if first or second:
        raise SetupError("both custodians give a file, or both type their component")
    return ask(name)


def _told(name: str, entered: Components) -> Components:
    click.echo(f"{name}: check value {components.check_value(entered.key)}.")
    return entered


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def new_component(file: Path) -> None:
    """Make a random component in FILE, for one custodian alone; the check value is for the sheet."""
    try:
        value = components.check_value(components.create(file))
    except OSError as fault:
        raise SetupError(f"{file}: {fault.strerror}") from None
    click.echo(f"A component is in {file}, check value {value}. It is yours alone; the other custodian makes another.")
