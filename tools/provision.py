# SPDX-License-Identifier: MIT
"""Writes a terminal's identity, keys, Wi-Fi and host address into its `nvs` region, and reads what is there.

The board does the writing with the firmware's own code, told over whatever runs a snippet on it (`Transport`): the
emulated board, or a serial REPL. Keys travel as key blocks beside the two components of their transport key; what comes
back are key check values and digests, never a key. A snippet is carried out whole or not at all, and may be repeated
after a power cut at any flash operation of it.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from tools import weak_keys
from tools.host.bundle import TerminalIdentity, seal
from tools.host.components import Components

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
KEY_NAMES: Final = ("TMK", "TAK0", "TPK0")
_EARLY: Final = 4096  # bytes after which garbage is collected
_BEFORE: Final = """
import gc, sys
gc.collect()
gc.threshold({early})
loaded = set(sys.modules)
"""
_AFTER: Final = """
for name in set(sys.modules) - loaded:
    if name[0] != "_":
        del sys.modules[name]
del work
gc.collect()
"""
_POWER: Final = """
def power_pin(number):
    import esp32
    nvs = esp32.NVS("qiandao")
    if number is not None:
        nvs.set_i32("pwr_pin", number)
    else:
        try:
            nvs.erase_key("pwr_pin")
        except OSError:
            return
    nvs.commit()
"""
_PROVISION: Final = """
from binascii import unhexlify
def work(values, crt, blocks, parts):
    import esp32, flash_log, tr31
    from firmware.board import PROFILES
    from firmware.store import inject, secrets, settings
    from firmware.store.vault import LARGEST, Vault
    power = PROFILES[values["profile"]].get("power")
    keys = inject.keys_of(blocks, parts)
    if Vault("rst").load(bytearray(LARGEST)):
        settings.save("rst", b"")  # an identity that an interrupted restore put aside
    settings.withdraw()
    part = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]
    if {is_fresh}:
        flash_log.FlashLog(part).erase_all()
    power_pin(power)
    settings.provision(values, crt, keys, power)
    inject.wipe_all(keys)
    print("KCV", *[tr31.kcv(key) for key in secrets.static_keys()])
parts = []
parts.append(bytearray({first}))
parts.append(bytearray({second}))
work({values}, ({certificate}, {key}, {authority}), (b"{tmk}", b"{tak0}", b"{tpk0}"), parts)
"""
_SITE: Final = """
def work(values):
    import json
    from firmware.board import PROFILES
    from firmware.store import settings
    known = settings.load()
    known.update(values)
    power_pin(PROFILES[known["profile"]].get("power"))
    settings.save("cfg", json.dumps(settings.checked(known)).encode())
    settings.load()
    print("SITE")
work({values})
"""
_DIFFERENT: Final = """
def work(values):
    from firmware.store import settings
    known = settings.load()
    print("DIFFERENT", *[name for name in values if name in known and known[name] != values[name]])
work({values})
"""
_PROBE: Final = """
def work():
    import esp32, hashlib, json, sys
    found = {"mp": ".".join([str(part) for part in sys.implementation[1][:3]])}
    part = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")
    found["journal"] = bool(part)
    try:
        from firmware.board import PROFILES
        from firmware.store import secrets, settings, vault
        import tr31
        found["profiles"] = sorted(PROFILES)
    except (ImportError, ValueError, SyntaxError) as fault:
        found["fault"] = str(fault)
        print("PROBE", json.dumps(found))
        return
    try:
        found["tid"] = settings.load()["tid"]
        found["crt"] = "".join(["%02x" % byte for byte in
            hashlib.sha256(secrets.certificates(bytearray(vault.LARGEST))[0]).digest()])
        found["kcv"] = [tr31.kcv(key) for key in secrets.static_keys()]
    except Exception as fault:
        found["why"] = " ".join([str(word) for word in (getattr(fault, "code", ""), getattr(fault, "detail", ""))])
        found["withdrawn"] = vault.Vault("cfg").load(bytearray(vault.LARGEST)) == b""
    print("PROBE", json.dumps(found))
work()
"""
_VERSION: Final = """
def work():
    from firmware.terminal import VERSION
    print("VERSION", VERSION)
work()
"""
_JOURNAL: Final = """
def work():
    from firmware.errors import StoreError
    from firmware.store.journal import Journal
    try:
        journal = Journal()
        journal.mount()
        print("JOURNAL", len(journal), journal.state.batch)
    except StoreError:
        print("JOURNAL", -1, 0)
work()
"""


class Transport(Protocol):
    """Runs a snippet of MicroPython on a board and gives what it printed."""

    def exec(self, code: str) -> str: ...


@dataclass(frozen=True)
class Site:
    """Where the terminal will stand: Wi-Fi and how to reach the host from there, and what hardware it has."""

    ssid: str
    psk: str
    address: str
    port: int
    profile: str = "reference"
    language: str = "zh"
    bench: bool = False

    def values(self) -> dict[str, Any]:
        """By the names of the firmware's settings."""
        return {
            "ssid": self.ssid,
            "psk": self.psk,
            "address": self.address,
            "port": self.port,
            "profile": self.profile,
            "language": self.language,
            "bench": int(self.bench),
        }


@dataclass(frozen=True)
class Found:
    """What a board says of itself. `tid` is empty and `why` says why when it has no identity; `kcvs` by key name."""

    firmware: str
    micropython: str
    profiles: tuple[str, ...]
    tid: str = ""
    kcvs: tuple[str, ...] = ()
    certificate: str = ""  # SHA-256
    why: str = ""
    is_withdrawn: bool = False  # an earlier provisioning did not come to its end


class ProvisionError(Exception):
    """The board is not one to provision, or did not confirm what was written."""


def _literal(data: bytes) -> str:
    return f"unhexlify('{data.hex()}')"


def tidy(code: str) -> str:
    """A snippet around `work()` that lets go of the modules it loads: at a REPL they would stay.

    What it was compiled from is let go of first, and garbage early, so that what is loaded lies at the low end of the
    heap and the rest stays in one piece.
    """
    return _BEFORE.format(early=_EARLY) + code + _AFTER


def ask_snippet(transport: Transport, code: str, word: str) -> str:
    """What the snippet printed behind `word`."""
    lines = [line for line in transport.exec(tidy(code)).splitlines() if line.split(" ")[0] == word]
    if len(lines) != 1:
        raise ProvisionError("the board did not answer as this firmware does; deploy it again")
    return lines[0].removeprefix(word).strip()


def kcvs_of(identity: TerminalIdentity) -> tuple[str, ...]:
    """Key check values in the order of KEY_NAMES."""
    from tools.host import crypto

    return tuple(crypto.kcv(key) for key in (identity.tmk, identity.tak0, identity.tpk0))


def probe(transport: Transport) -> Found:
    """What is on the board; ProvisionError if it is not this firmware."""
    try:
        found = json.loads(ask_snippet(transport, _PROBE, "PROBE"))
    except ValueError:
        raise ProvisionError("the board did not answer as this firmware does; deploy it again") from None
    if not found["journal"]:
        raise ProvisionError("the board has no journal partition: flash it first (make flash)")
    if "incompatible" in found.get("fault", ""):
        raise ProvisionError(f"the firmware there is not for MicroPython {found['mp']}: deploy it again (make deploy)")
    if "fault" in found:
        raise ProvisionError("this firmware is not on the board: deploy it first (make deploy)")
    return Found(
        firmware=ask_snippet(transport, _VERSION, "VERSION"),
        micropython=found["mp"],
        profiles=tuple(found["profiles"]),
        tid=found.get("tid", "") if "kcv" in found else "",
        kcvs=tuple(found.get("kcv", ())),
        certificate=found.get("crt", ""),
        why=found.get("why", ""),
        is_withdrawn=found.get("withdrawn", False),
    )


def unsettled(transport: Transport) -> tuple[int, int]:
    """(records of the open batch, its number); (-1, 0) where the journal cannot be read."""
    count, batch = ask_snippet(transport, _JOURNAL, "JOURNAL").split()
    return int(count), int(batch)


def differing(transport: Transport, site: Site) -> list[str]:
    """Names of the settings that the board has otherwise; the values stay where they are."""
    return ask_snippet(transport, _DIFFERENT.format(values=json.dumps(site.values())), "DIFFERENT").split()


def change_site(transport: Transport, site: Site) -> None:
    """Other Wi-Fi, host, profile or language for a terminal that keeps its identity, keys and journal."""
    ask_snippet(transport, _POWER + _SITE.format(values=json.dumps(site.values())), "SITE")


def provision(
    transport: Transport, identity: TerminalIdentity, site: Site, now: datetime, is_fresh: bool = True
) -> dict[str, str]:
    """Write everything, read it back; KCVs by key name. `is_fresh` also erases the journal of a former life.

    An identity that brought no key blocks gets them here, under a transport key of which nothing is kept.
    """
    keys = {"TMK": identity.tmk, "TAK0": identity.tak0, "TPK0": identity.tpk0}
    if reason := weak_keys.weakest(keys):
        raise ProvisionError(f"{reason}; nothing was written. Enrol the terminal with new keys")
    values = {
        "tid": identity.tid,
        "mid": identity.mid,
        "serial": identity.serial,
        "server": identity.server_name,
        "support": identity.support,
        "currency": identity.currency,
        "since": int((now - _EPOCH).total_seconds()),
        **site.values(),
    }
    sealed = identity.sealed or seal(identity, Components.fresh())
    tmk, tak0, tpk0 = sealed.blocks
    code = _POWER + _PROVISION.format(
        values=json.dumps(values),
        certificate=_literal(identity.client_certificate),
        key=_literal(identity.client_key),
        authority=_literal(identity.ca_certificate),
        first=_literal(sealed.components.first),
        second=_literal(sealed.components.second),
        tmk=tmk,
        tak0=tak0,
        tpk0=tpk0,
        is_fresh=is_fresh,
    )
    kcvs = tuple(ask_snippet(transport, code, "KCV").split())
    if kcvs != kcvs_of(identity):
        raise ProvisionError("the board holds other keys than the bundle")
    return dict(zip(KEY_NAMES, kcvs, strict=True))
