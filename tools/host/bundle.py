# SPDX-License-Identifier: MIT
"""What a terminal is provisioned with, and the pair of files in which it travels from the host to the bench.

Invariant: nothing secret is in clear in the bundle file: keys are TR-31 blocks under a random AES-256 transport key,
the private key is encrypted PKCS 8 under it. The transport key is in the `.key` file, which travels separately. Both
have mode 0600.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tools.host import crypto
from tools.host.errors import SetupError
from tools.host.vault import read_secret, write_secret

_VERSION: Final = 1
_TRANSPORT_BYTES: Final = 32
_PLAIN = ("tid", "mid", "serial", "server_name", "support", "currency")
_KEYS = {"tmk": crypto.TMK, "tak0": crypto.TAK, "tpk0": crypto.TPK}


@dataclass(frozen=True, repr=False)
class TerminalIdentity:
    """One terminal's identity and keys. Keys are 16 bytes; certificates and the key (PKCS 8) are DER."""

    tid: str
    mid: str
    serial: str
    server_name: str
    support: str
    currency: str
    tmk: bytes
    tak0: bytes
    tpk0: bytes
    client_certificate: bytes
    client_key: bytes
    ca_certificate: bytes

    def __repr__(self) -> str:
        return f"TerminalIdentity(tid={self.tid!r})"


def key_path(path: Path) -> Path:
    """The transport key's file beside a bundle file."""
    return path.with_suffix(".key")


def _pem(certificate_der: bytes) -> str:
    return x509.load_der_x509_certificate(certificate_der).public_bytes(serialization.Encoding.PEM).decode()


def _der(certificate_pem: str) -> bytes:
    return x509.load_pem_x509_certificate(certificate_pem.encode()).public_bytes(serialization.Encoding.DER)


def save(identity: TerminalIdentity, path: Path) -> Path:
    """Write the bundle and its transport key; path of the latter."""
    transport = secrets.token_bytes(_TRANSPORT_BYTES)
    private = serialization.load_der_private_key(identity.client_key, password=None)
    encrypted = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(transport.hex().encode()),
    )
    document = {
        "version": _VERSION,
        **{name: getattr(identity, name) for name in _PLAIN},
        **{name: crypto.wrap(transport, purpose, getattr(identity, name)) for name, purpose in _KEYS.items()},
        "client_certificate": _pem(identity.client_certificate),
        "client_key": encrypted.decode(),
        "ca_certificate": _pem(identity.ca_certificate),
    }
    write_secret(key_path(path), transport.hex().encode())
    write_secret(path, json.dumps(document, ensure_ascii=False, indent=2).encode())
    return key_path(path)


def load(path: Path, transport_path: Path | None = None) -> TerminalIdentity:
    """Identity of a bundle; its transport key is looked for beside it unless told where."""
    try:
        transport = bytes.fromhex(read_secret(transport_path or key_path(path)).decode("ascii"))
        document = json.loads(read_secret(path))
        if document["version"] != _VERSION:
            raise SetupError(f"{path} is a bundle of another version")
        private = serialization.load_pem_private_key(document["client_key"].encode(), transport.hex().encode())
        client_key = private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        parts: dict[str, Any] = {name: str(document[name]) for name in _PLAIN}
        parts |= {name: crypto.unwrap(transport, purpose, document[name]) for name, purpose in _KEYS.items()}
        return TerminalIdentity(
            **parts,
            client_certificate=_der(document["client_certificate"]),
            client_key=client_key,
            ca_certificate=_der(document["ca_certificate"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SetupError(f"{path} is damaged, or the key beside it is another's") from None
