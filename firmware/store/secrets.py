# SPDX-License-Identifier: MIT
"""Certificates and static keys from the vault: read for each use, never kept.

A damaged record is StoreError C1 (certificates) or C2 (keys).
"""

from micropython import const

from firmware.errors import StoreError
from firmware.store.vault import Vault
from secret import wipe

_KEY_SIZES = (16, 32)
_KEYS_RECORD = const(128)


def _split(payload: "memoryview | None", count: int, code: str) -> "list[bytes]":
    """Exactly `count` parts, each behind its length (u16 LE), or StoreError `code`."""
    parts = []
    at = 0
    while payload is not None and at + 2 <= len(payload):
        size = payload[at] | payload[at + 1] << 8
        parts.append(bytes(payload[at + 2 : at + 2 + size]))
        at += 2 + size
    if payload is None or at != len(payload) or len(parts) != count:
        raise StoreError(code)
    return parts


def certificates(scratch: bytearray) -> "list[bytes]":
    """[client certificate, client key, CA certificate], DER; `scratch` of LARGEST bytes is overwritten."""
    return _split(Vault("crt").load(scratch), 3, "C1")


def static_keys() -> "list[bytes]":
    """[TMK, TAK0, TPK0] of key set 00."""
    scratch = bytearray(_KEYS_RECORD)
    try:
        keys = _split(Vault("key").load(scratch), 3, "C2")
    finally:
        wipe(scratch)
    for key in keys:
        if len(key) not in _KEY_SIZES:
            raise StoreError("C2")
    return keys
