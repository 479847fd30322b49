# SPDX-License-Identifier: MIT
"""Making a new host: directory of secrets, certificates, master key, tables."""

from pathlib import Path

from tools.host import pki
from tools.host.db import Database
from tools.host.errors import SetupError
from tools.host.vault import Vault

_SQLITE_FILE = "sqlite:///"


def check_directory(directory: Path) -> None:
    """Refuse a directory of secrets that is not there."""
    if not directory.is_dir():
        raise SetupError(f"{directory} is missing: run 'host init' first")


def _make_private_file(db_url: str) -> None:
    """An SQLite file that only its owner can read: it holds PIN verifiers."""
    if db_url.startswith(_SQLITE_FILE):
        path = Path(db_url.removeprefix(_SQLITE_FILE))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise SetupError(f"{path}: {error.strerror}") from None


def create(db_url: str, pki_dir: Path, server_name: str = pki.SERVER_NAME) -> None:
    """Make everything that a host needs. What exists is not overwritten."""
    try:
        pki_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"{pki_dir}: {error.strerror}") from None
    if (pki_dir / pki.CA_KEY).exists():
        raise SetupError(f"{pki_dir} holds a host's keys already")
    _make_private_file(db_url)
    db = Database(db_url)
    db.create()
    db.close()
    pki.create(pki_dir, server_name)
    Vault.create(pki_dir)
