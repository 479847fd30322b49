# SPDX-License-Identifier: MIT
"""A key in two components, each held by a custodian of its own; neither says anything of the key, their XOR is the key.

Invariant: a component comes from a hidden prompt or from a file that only its owner can read; no error holds any of it.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tools import weak_keys
from tools.host import crypto
from tools.host.errors import SetupError
from tools.host.vault import write_secret

TRANSPORT_BYTES: Final = 32  # AES-256
_OTHERS: Final = 0o077


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


@dataclass(frozen=True, repr=False)
class Components:
    """Two components of 16 or 32 bytes, and the key that they make."""

    first: bytes
    second: bytes

    @classmethod
    def fresh(cls) -> Self:
        """Of a new key that lives in memory only."""
        return cls(secrets.token_bytes(TRANSPORT_BYTES), secrets.token_bytes(TRANSPORT_BYTES))

    @classmethod
    def of(cls, key: bytes) -> Self:
        """A key that is there already, split at random."""
        first = secrets.token_bytes(len(key))
        return cls(first, _xor(first, key))

    @property
    def key(self) -> bytes:
        return _xor(self.first, self.second)

    def checked(self) -> Self:
        """SetupError for components that make no good key."""
        if len(self.first) != len(self.second):
            raise SetupError("the two components are not of one length")
        if self.first == self.second:
            raise SetupError("the two components are the same: each custodian has one of their own")
        if reason := weak_keys.weakness(self.key):
            raise SetupError(f"the two components make a weak key: {reason}")
        return self


def parse(text: str) -> bytes:
    """A component as a custodian has it: 32 or 64 hexadecimal digits, in groups or not."""
    try:
        component = bytes.fromhex(text)
    except ValueError:
        raise SetupError("a component has 32 or 64 hexadecimal digits") from None
    if reason := weak_keys.weakness(component):
        raise SetupError(f"the component is weak: {reason}")
    return component


def grouped(component: bytes) -> str:
    """As `parse` reads it, for people."""
    return component.hex(" ", 4).upper()


def create(path: Path) -> bytes:
    """A new random component, in a file for its custodian alone."""
    component = secrets.token_bytes(TRANSPORT_BYTES)
    write_secret(path, grouped(component).encode() + b"\n")
    return component


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_mode & _OTHERS:
            raise SetupError(f"{path} holds a component and can be read by others: chmod 600")
        return parse(path.read_text(encoding="ascii"))
    except OSError as fault:
        raise SetupError(f"{path}: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise SetupError(f"{path}: a component has 32 or 64 hexadecimal digits") from None


def of_files(first: Path, second: Path) -> Components:
    """From the files of two custodians."""
    if first.resolve() == second.resolve():
        raise SetupError(f"{first} is given twice: each component has a file of its own")
    return Components(_read(first), _read(second)).checked()


def check_value(key: bytes) -> str:
    """What a custodian compares with the sheet."""
    return crypto.kcv(key)
