# SPDX-License-Identifier: MIT
"""A host that answers each message with its reverse, over TLS with client certificates or without; for link tests."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import threading
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = "host.qiandao.test"
_DER = serialization.Encoding.DER
_PEM = serialization.Encoding.PEM


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, issuer_key: ec.EllipticCurvePrivateKey, is_ca: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _key_bytes(key: ec.EllipticCurvePrivateKey, encoding: serialization.Encoding) -> bytes:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(encoding, form, serialization.NoEncryption())


class Pki:
    """One authority, one host, one terminal, and a terminal that the host does not know."""

    def __init__(self, folder: Path) -> None:
        keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ca", "host", "terminal", "stranger")}
        authority = _certificate("ca.test", keys["ca"], _named("ca.test"), keys["ca"], True)
        host = _certificate(NAME, keys["host"], authority.subject, keys["ca"], False)
        terminal = _certificate("90000001", keys["terminal"], authority.subject, keys["ca"], False)
        self.authority_file = folder / "ca.pem"
        self.host_file = folder / "host.pem"
        self.authority_file.write_bytes(authority.public_bytes(_PEM))
        self.host_file.write_bytes(host.public_bytes(_PEM) + _key_bytes(keys["host"], _PEM))
        self.chip_files = {
            "ca.der": authority.public_bytes(_DER),
            "cert.der": terminal.public_bytes(_DER),
            "key.der": _key_bytes(keys["terminal"], _DER),
        }

    def context(self, version: ssl.TLSVersion) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = version
        context.load_cert_chain(self.host_file)
        context.load_verify_locations(self.authority_file)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


class EchoHost:
    """Runs in a thread; takes `delay_s` of real time for each answer.  Messages begin with what to do.

    `size`: bytes of a message, for who sends several at once.
    """

    def __init__(self, context: ssl.SSLContext | None = None, delay_s: float = 0.0, size: int = 0) -> None:
        self._context = context
        self._delay_s = delay_s
        self._size = size
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.address = ("", 0)
        self.received: list[bytes] = []

    def __enter__(self) -> EchoHost:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=self._context)
        self.address = server.sockets[0].getsockname()[:2]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while message := await (reader.readexactly(self._size) if self._size else reader.read(4096)):
                self.received.append(message)
                await asyncio.sleep(self._delay_s)
                if message.startswith(b"bye"):
                    break
                if not message.startswith(b"hush"):
                    writer.write(message[::-1])
                    await writer.drain()
        except (ConnectionError, EOFError, ssl.SSLError):
            pass  # cut connections are what the tests are about
        finally:
            writer.close()
