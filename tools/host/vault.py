# SPDX-License-Identifier: MIT
"""The host master key, kept in one file outside the database, and the wrapping of all other keys under it.

Invariant: the database holds keys only as TR-31 blocks; the file has mode 0600 and is refused when others can read it.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tools.host import crypto
from tools.host.errors import SetupError

FILE_NAME: Final = "master.key"
_MASTER_BYTES = 32
_KEEPING: Final = b"keeping"

KeySource = Callable[[int], bytes]


def write_secret(path: Path, data: bytes, is_replacing: bool = False) -> None:
    """Create a file that only its owner can read; an existing one is kept unless told otherwise."""
    if is_replacing:
        path.unlink(missing_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SetupError(f"{path} exists already") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def read_secret(path: Path) -> bytes:
    """Content of a secret file, refused when its mode lets others read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise SetupError(f"{path} can be read by others: chmod 600")
        return path.read_bytes()
    except FileNotFoundError:
        raise SetupError(f"{path} is missing: run 'host init' first") from None


class Vault:
    """Wraps and unwraps terminals' keys; makes new ones from `source` (the system's random source)."""

    def __init__(self, master: bytes, source: KeySource = secrets.token_bytes) -> None:
        self._master = master
        self._source = source

    @staticmethod
    def create(directory: Path) -> None:
        """Write a new master key."""
        write_secret(directory / FILE_NAME, secrets.token_hex(_MASTER_BYTES).encode())

    @classmethod
    def open(cls, directory: Path, source: KeySource = secrets.token_bytes) -> "Vault":
        """The vault under the master key of a directory."""
        path = directory / FILE_NAME
        try:
            master = bytes.fromhex(read_secret(path).decode("ascii"))
        except ValueError:
            raise SetupError(f"{path} does not hold a key") from None
        if len(master) != _MASTER_BYTES:
            raise SetupError(f"{path} does not hold a key of {_MASTER_BYTES} bytes")
        return cls(master, source)

    def new_key(self) -> bytes:
        """A fresh AES-128 key."""
        return self._source(crypto.KEY_BYTES)

    def keeping_key(self) -> bytes:
        """Over what this host keeps outside its books for a while: derived from the master key, never written."""
        return b"".join(crypto.cmac(self._master, bytes([half]) + _KEEPING) for half in (1, 2))

    def store(self, purpose: tuple[str, str], key: bytes) -> str:
        """Block to keep in the database."""
        return crypto.wrap(self._master, purpose, key)

    def load(self, purpose: tuple[str, str], block: str) -> bytes:
        """Key of a block from the database."""
        return crypto.unwrap(self._master, purpose, block)
