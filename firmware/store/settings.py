# SPDX-License-Identifier: MIT
"""What provisioning writes and the terminal only reads: identity, host, Wi-Fi; and the writing of all three records.

Records (vault): `cfg` JSON without secrets but the Wi-Fi key, `crt` certificates, `key` TMK and key set 00. Everything
read is checked for type, range and size; a bad record is StoreError C1. On loan at power-on, not resident.
"""

import json
import struct

import esp32
from micropython import const

from firmware.errors import StoreError
from firmware.store.secrets import certificates, static_keys
from firmware.store.vault import HEAD, HEAD_SIZE, LARGEST, NAMESPACE, VERSION, Vault, digest_of

TYPE_CHECKING = const(0)
if TYPE_CHECKING:
    from typing import Any

# name: (type, shortest or least, longest or most, default; None = required)
_SCHEMA: "dict[str, tuple[Any, int, int, Any]]" = {
    "tid": (str, 8, 8, None),
    "mid": (str, 1, 15, None),
    "serial": (str, 1, 24, None),
    "profile": (str, 1, 16, "reference"),
    "address": (str, 1, 64, None),
    "port": (int, 1, 65535, None),
    "server": (str, 1, 64, None),
    "ssid": (str, 1, 32, None),
    "psk": (str, 0, 63, ""),
    "support": (str, 0, 20, ""),
    "currency": (str, 3, 3, "156"),
    "zone": (int, -720, 840, 480),
    "bench": (int, 0, 1, 0),  # 1: for the test bench only, keys and screen over serial
    "idle": (int, 0, 3600, 300),  # seconds without a key until the PIN is asked again; 0: never
    "dim": (int, 0, 3600, 30),  # seconds without a key until the idle screen is dimmed; 0: never
    "dark": (int, 0, 3600, 120),  # .. and until it is dark
    "language": (str, 2, 7, "zh"),
    "since": (int, 0, 0xFFFFFFFF, 0),  # seconds since 2000-01-01 at provisioning: the clock's floor
}


def checked(values: "dict[str, Any]") -> "dict[str, Any]":
    """The settings that the schema knows, complete; StoreError C1 names the first bad one."""
    result = {}
    for name, (kind, least, most, default) in _SCHEMA.items():
        value = values.get(name, default)
        if type(value) is not kind:
            raise StoreError("C1", name)
        size = len(value.encode()) if kind is str else value
        if not least <= size <= most:
            raise StoreError("C1", name)
        result[name] = value
    if not result["tid"].isdigit():
        raise StoreError("C1", "tid")
    return result


def load() -> "dict[str, Any]":
    """The checked settings; StoreError C1 with detail "missing" on a terminal that was never provisioned."""
    vault = Vault("cfg")
    payload = vault.load(bytearray(LARGEST))
    if payload is None or not payload:  # an empty one says that it was withdrawn
        raise StoreError("C1", "damaged" if payload is None and vault.is_present else "missing")
    try:
        values = json.loads(bytes(payload))
    except ValueError:
        raise StoreError("C1", "json") from None
    if type(values) is not dict:
        raise StoreError("C1", "json")
    return checked(values)


def _join(parts: "tuple[bytes, ...]") -> bytes:
    return b"".join([struct.pack("<H", len(part)) + part for part in parts])


def save(name: str, payload: bytes) -> None:
    """Replace a record: over the older copy, read back before it counts; StoreError C3 if it cannot be."""
    vault = Vault(name)
    if HEAD_SIZE + len(payload) + 8 > LARGEST:
        raise StoreError("C3", name)
    scratch = bytearray(LARGEST)
    place = vault.newest(scratch)
    generation = vault.generation(vault.keys[place], scratch)[0] + 1 if place >= 0 else 1
    key = vault.keys[place == 0]
    record = struct.pack(HEAD, b"QD", VERSION, generation, len(payload)) + payload
    vault.nvs.set_blob(key, record + digest_of(record))
    vault.nvs.commit()
    if vault.generation(key, scratch)[0] != generation:
        raise StoreError("C3", name)


def withdraw() -> None:
    """Not provisioned until `provision` has come to its end: a power cut leaves no mixture of two identities."""
    if Vault("cfg").load(bytearray(LARGEST)):
        save("cfg", b"")


def provision(
    values: "dict[str, Any]", crt: "tuple[bytes, ...]", keys: "tuple[bytes, ...]", power_pin: "int | None"
) -> None:
    """Write all three records and read them back; called over serial by `qiandao provision`."""
    complete = checked(values)
    withdraw()
    for _ in range(2):  # both copies: damage to one must not bring an earlier identity back
        save("crt", _join(crt))
        save("key", _join(keys))
    nvs = esp32.NVS(NAMESPACE)
    if power_pin is not None:
        nvs.set_i32("pwr_pin", power_pin)  # read by boot.py, which knows no board profile
    else:
        try:
            nvs.erase_key("pwr_pin")
        except OSError:
            pass  # there was none
    nvs.commit()
    save("cfg", json.dumps(complete).encode())  # last: a terminal counts as provisioned once it is there
    load()
    certificates(bytearray(LARGEST))
    static_keys()
