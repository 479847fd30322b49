# SPDX-License-Identifier: MIT
"""What a terminal is provisioned with, and the file in which it travels from the host to the bench.

Invariant: nothing secret is in clear in the file: keys are TR-31 blocks under a transport key, the private key is
encrypted PKCS 8 under a secret derived from it. The transport key is in no file: two custodians hold its components.
Where they hold the TMK itself, the bundle has no block of it and the other two are under it. The file has mode 0600.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tools.host import crypto
from tools.host.components import Components
from tools.host.errors import SetupError
from tools.host.vault import read_secret, write_secret

_VERSION: Final = 2
_PLAIN = ("tid", "mid", "serial", "server_name", "support", "currency")
_KEYS: Final = {"tmk": crypto.TMK, "tak0": crypto.TAK, "tpk0": crypto.TPK}
_PRIVATE: Final = b"client key"  # what the private key's secret is derived for


@dataclass(frozen=True, repr=False)
class Sealed:
    """Key blocks of TMK, TAK0 and TPK0 and the components of the key over them; no TMK block: they make the TMK."""

    blocks: tuple[str, str, str]
    components: Components


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
    sealed: Sealed | None = field(default=None, compare=False)  # as it came in a bundle

    def __repr__(self) -> str:
        return f"TerminalIdentity(tid={self.tid!r})"


@dataclass(frozen=True)
class Label:
    """What a bundle says to everybody: whose it is, the check value of the key over it, and whether that is the TMK."""

    tid: str
    check_value: str
    is_tmk: bool


def seal(identity: TerminalIdentity, components: Components) -> Sealed:
    """Blocks of an identity's keys under the key of two components."""
    over, is_tmk = components.key, components.key == identity.tmk
    blocks = {name: crypto.wrap(over, purpose, getattr(identity, name)) for name, purpose in _KEYS.items()}
    return Sealed(("" if is_tmk else blocks["tmk"], blocks["tak0"], blocks["tpk0"]), components)


def _passphrase(transport: bytes) -> bytes:
    return crypto.cmac(transport, _PRIVATE).hex().encode()


def _pem(certificate_der: bytes) -> str:
    return x509.load_der_x509_certificate(certificate_der).public_bytes(serialization.Encoding.PEM).decode()


def _der(certificate_pem: str) -> bytes:
    return x509.load_pem_x509_certificate(certificate_pem.encode()).public_bytes(serialization.Encoding.DER)


def save(identity: TerminalIdentity, path: Path, components: Components) -> None:
    """Write the bundle under the key of two components."""
    private = serialization.load_der_private_key(identity.client_key, password=None)
    encrypted = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_passphrase(components.key)),
    )
    document = {
        "version": _VERSION,
        **{name: getattr(identity, name) for name in _PLAIN},
        "check_value": crypto.kcv(components.key),
        **dict(zip(_KEYS, seal(identity, components).blocks, strict=True)),
        "client_certificate": _pem(identity.client_certificate),
        "client_key": encrypted.decode(),
        "ca_certificate": _pem(identity.ca_certificate),
    }
    write_secret(path, json.dumps(document, ensure_ascii=False, indent=2).encode())


def _document(path: Path) -> dict[str, Any]:
    """The bundle's content; SetupError for another form of it, above all the older one with its key beside it."""
    try:
        document = json.loads(read_secret(path))
        version = document["version"]
    except (ValueError, TypeError, KeyError):
        raise SetupError(f"{path} is damaged, or no bundle") from None
    if version != _VERSION:
        again = "have a new one written under two components: 'qiandao host enrol-terminal --renew'; destroy this one"
        raise SetupError(f"{path} is a bundle of another version and not used; {again}")
    return dict(document)


def label(path: Path) -> Label:
    """Of a bundle, without its components."""
    document = _document(path)
    try:
        return Label(str(document["tid"]), str(document["check_value"]), document["tmk"] == "")
    except KeyError:
        raise SetupError(f"{path} is damaged, or no bundle") from None


def load(path: Path, components: Components) -> TerminalIdentity:
    """Identity of a bundle that was written under these components."""
    known, document, transport = label(path), _document(path), components.key
    if crypto.kcv(transport) != known.check_value:
        values = f"{crypto.kcv(transport)}, the bundle is under {known.check_value}"
        raise SetupError(f"the components are not those of {path}: they make a key of check value {values}")
    try:
        private = serialization.load_pem_private_key(document["client_key"].encode(), _passphrase(transport))
        client_key = private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        parts: dict[str, Any] = {name: str(document[name]) for name in _PLAIN}
        blocks = {name: str(document[name]) for name in _KEYS}
        keys: dict[str, Any] = {
            name: crypto.unwrap(transport, _KEYS[name], block) for name, block in blocks.items() if block
        }
        identity = TerminalIdentity(
            **parts,
            **{"tmk": transport, **keys},
            client_certificate=_der(document["client_certificate"]),
            client_key=client_key,
            ca_certificate=_der(document["ca_certificate"]),
        )
        return replace(identity, sealed=Sealed((blocks["tmk"], blocks["tak0"], blocks["tpk0"]), components))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SetupError(f"{path} is damaged") from None
