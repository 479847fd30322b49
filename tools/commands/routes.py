# SPDX-License-Identifier: MIT
"""The option `--route SEEN=REAL`: where an emulated board's connections really go."""

from typing import Any

import click

Address = tuple[str, int]
Route = tuple[Address, Address]


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise click.BadParameter(f"'{text}' is not ADDRESS:PORT, such as 192.168.4.10:8583")
    return host, int(port)


def _routes(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> list[Route]:
    routes = []
    for value in values:
        seen, sign, real = value.partition("=")
        if not sign:
            raise click.BadParameter(f"'{value}' is not SEEN=REAL, such as 192.168.4.10:8583=127.0.0.1:8583")
        routes.append((_address(seen), _address(real)))
    return routes


def routes_option(command: Any) -> Any:
    """Adds it as the parameter `routes`."""
    return click.option(
        "--route",
        "routes",
        multiple=True,
        metavar="SEEN=REAL",
        callback=_routes,
        help="What the board knows as ADDRESS:PORT is really at ADDRESS:PORT.",
    )(command)
