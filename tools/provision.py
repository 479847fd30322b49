# SPDX-License-Identifier: MIT
"""Writes a terminal's identity, certificate, keys, Wi-Fi and host address into its `nvs` region.

The board does the writing with the firmware's own code, told over whatever runs a snippet on it (`Transport`): the
emulated board here, a serial REPL on a real one. What comes back are key check values, never a key.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from tools.host.bundle import TerminalIdentity

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_SNIPPET: Final = """
from binascii import unhexlify
import esp32, flash_log, tr31
from firmware.board import PROFILES
from firmware.store import secrets, settings
values = {values}
settings.withdraw()
part = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]
{erase}
settings.provision(
    values,
    ({certificate}, {key}, {authority}),
    ({tmk}, {tak0}, {tpk0}),
    PROFILES[values["profile"]].get("power"),
)
print("KCV", *[tr31.kcv(key) for key in secrets.static_keys()])
"""
_ERASE: Final = "flash_log.FlashLog(part).erase_all()"


class Transport(Protocol):
    """Runs a snippet of MicroPython on a board and gives what it printed."""

    def exec(self, code: str) -> str: ...


@dataclass(frozen=True)
class Site:
    """Where the terminal will stand: Wi-Fi and how to reach the host from there."""

    ssid: str
    psk: str
    address: str
    port: int
    profile: str = "reference"
    language: str = "zh"


class ProvisionError(Exception):
    """The board did not confirm what was written."""


def _literal(data: bytes) -> str:
    return f"unhexlify('{data.hex()}')"


def provision(
    transport: Transport, identity: TerminalIdentity, site: Site, now: datetime, is_fresh: bool = True
) -> dict[str, str]:
    """Write everything, read it back; KCVs by key name. `is_fresh` also erases the journal of a former life."""
    values = {
        "tid": identity.tid,
        "mid": identity.mid,
        "serial": identity.serial,
        "profile": site.profile,
        "address": site.address,
        "port": site.port,
        "server": identity.server_name,
        "ssid": site.ssid,
        "psk": site.psk,
        "support": identity.support,
        "currency": identity.currency,
        "language": site.language,
        "since": int((now - _EPOCH).total_seconds()),
    }
    code = _SNIPPET.format(
        values=json.dumps(values),
        certificate=_literal(identity.client_certificate),
        key=_literal(identity.client_key),
        authority=_literal(identity.ca_certificate),
        tmk=_literal(identity.tmk),
        tak0=_literal(identity.tak0),
        tpk0=_literal(identity.tpk0),
        erase=_ERASE if is_fresh else "",
    )
    lines = [line.split() for line in transport.exec(code).splitlines() if line.startswith("KCV ")]
    if len(lines) != 1 or len(lines[0]) != 4:
        raise ProvisionError("the board did not answer with key check values; is it running this firmware?")
    return dict(zip(("TMK", "TAK0", "TPK0"), lines[0][1:], strict=True))
