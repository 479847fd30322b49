# SPDX-License-Identifier: MIT
"""The certificate authority of a bench or of one acquirer: CA, the host's certificate, one certificate a terminal.

All keys are EC P-256 (protocol.md clause 1). Invariant: private keys are written with mode 0600, a terminal's is not
kept here.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tools.host.errors import SetupError
from tools.host.vault import read_secret, write_secret

SERVER_NAME: Final = "host.qiandao.test"
CA_CERTIFICATE: Final = "ca.pem"
CA_KEY: Final = "ca.key"
SERVER_CERTIFICATE: Final = "server.pem"
SERVER_KEY: Final = "server.key"

# A terminal whose clock has fallen back some years must still be able to verify the host and then take its time.
_NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
_YEAR = timedelta(days=365)
_CA_YEARS, _LEAF_YEARS = 20, 10


@dataclass(frozen=True)
class Identity:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def certificate_der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        return self._key_bytes(serialization.Encoding.PEM)

    @property
    def key_der(self) -> bytes:
        """PKCS 8."""
        return self._key_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def _key_bytes(self, encoding: serialization.Encoding) -> bytes:
        return self.key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@dataclass(frozen=True)
class Validity:
    """From when until when a certificate is good, UTC."""

    start: datetime
    end: datetime

    @classmethod
    def years(cls, count: int) -> "Validity":
        return cls(_NOT_BEFORE, datetime.now(UTC).replace(microsecond=0) + count * _YEAR)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, validity: Validity
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.start)
        .not_valid_after(validity.end)
    )


def make_ca(common_name: str = "Qiandao CA", validity: Validity | None = None) -> Identity:
    """A self-signed authority that may sign leaves only."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(common_name, _name(common_name), key, validity or Validity.years(_CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


def _alternative_name(server_name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(server_name))
    except ValueError:
        return x509.DNSName(server_name)


def _issue(ca: Identity, subject: str, usage: x509.ObjectIdentifier, server_name: str, validity: Validity) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(subject, ca.certificate.subject, key, validity)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
    )
    if server_name:
        builder = builder.add_extension(x509.SubjectAlternativeName([_alternative_name(server_name)]), critical=False)
    return Identity(builder.sign(ca.key, hashes.SHA256()), key)


def issue_server(ca: Identity, server_name: str = SERVER_NAME, validity: Validity | None = None) -> Identity:
    """The host's certificate for a name; also the way to make wrong-name, expired and foreign ones for tests."""
    years = validity or Validity.years(_LEAF_YEARS)
    return _issue(ca, server_name, ExtendedKeyUsageOID.SERVER_AUTH, server_name, years)


def issue_terminal(ca: Identity, tid: str, validity: Validity | None = None) -> Identity:
    """A terminal's certificate: the common name is the terminal number."""
    return _issue(ca, tid, ExtendedKeyUsageOID.CLIENT_AUTH, "", validity or Validity.years(_LEAF_YEARS))


def expired() -> Validity:
    """A period that ended long before any clock of a test."""
    return Validity(datetime(2019, 1, 1, tzinfo=UTC), datetime(2019, 12, 31, tzinfo=UTC))


def not_yet() -> Validity:
    """A period that begins long after any clock of a test."""
    return Validity(datetime(2090, 1, 1, tzinfo=UTC), datetime(2090, 12, 31, tzinfo=UTC))


def install_server(directory: Path, identity: Identity) -> None:
    """Put a server certificate and key in place, over those that are there."""
    (directory / SERVER_CERTIFICATE).write_bytes(identity.certificate_pem)
    write_secret(directory / SERVER_KEY, identity.key_pem, is_replacing=True)


def create(directory: Path, server_name: str = SERVER_NAME) -> None:
    """Write a new authority and the host's certificate."""
    ca = make_ca()
    write_secret(directory / CA_KEY, ca.key_pem)
    (directory / CA_CERTIFICATE).write_bytes(ca.certificate_pem)
    install_server(directory, issue_server(ca, server_name))


def load_ca(directory: Path) -> Identity:
    """The authority of a directory, to issue terminals' certificates with."""
    path = directory / CA_KEY
    key_pem = read_secret(path)
    try:
        certificate = x509.load_pem_x509_certificate((directory / CA_CERTIFICATE).read_bytes())
        key = serialization.load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError, FileNotFoundError):
        raise SetupError(f"{path} or its certificate cannot be read") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SetupError(f"{path} is not an EC key")
    return Identity(certificate, key)


def server_name(directory: Path) -> str:
    """Name in the host's certificate, as terminals check it."""
    path = directory / SERVER_CERTIFICATE
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (ValueError, FileNotFoundError):
        raise SetupError(f"{path} is missing: run 'host init' first") from None
    (attribute,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attribute.value)
