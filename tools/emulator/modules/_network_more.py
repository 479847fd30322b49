# SPDX-License-Identifier: MIT
"""The part of `network` that a terminal does not use."""

import network

STAT_BEACON_TIMEOUT, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD, STAT_ASSOC_FAIL, STAT_HANDSHAKE_TIMEOUT = range(200, 205)
STAT_GOT_IP = 1010
STA_IF, AP_IF = 0, 1


def hostname(name: "str | None" = None) -> "str | None":
    return _named("_hostname", name)


def country(code: "str | None" = None) -> "str | None":
    return _named("_country", code)


def _named(what: str, value: "str | None") -> "str | None":
    if value is None:
        return getattr(network, what)
    setattr(network, what, value)


_hostname = "mpy-esp32"  # until one is set
_country = "XX"
