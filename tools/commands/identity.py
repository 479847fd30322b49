# SPDX-License-Identifier: MIT
"""Where a terminal's identity comes from: a bundle that the host wrote, or the host itself, which enrols it now.

An identity entered here is kept as a bundle in DATA/bundles, under the host's own master key, until the board has
confirmed it, so that an interrupted provisioning goes on with the same keys; afterwards it is removed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlalchemy.exc import SQLAlchemyError

from tools.commands.ceremony import Ceremony
from tools.commands.order import DATA, Order
from tools.errors import RefusedError
from tools.host import bundle, crypto
from tools.host.bundle import TerminalIdentity
from tools.host.clock import system_clock
from tools.host.commands.context import Place, database_url
from tools.host.components import Components
from tools.host.errors import HostError
from tools.host.host import Host
from tools.provision import kcvs_of

_BUNDLES: Final = "bundles"
_OLD_KEY: Final = ".key"  # that an older release left beside a bundle


@dataclass(frozen=True)
class Mark:
    """What tells an identity without its keys."""

    tid: str
    kcvs: tuple[str, ...]
    certificate: str


class Source(Protocol):
    """`mark` of the identity as it stands, None while there is none; `take` gives it, `done` when the board has it."""

    tid: str

    def mark(self) -> Mark | None: ...

    def take(self) -> TerminalIdentity: ...

    def done(self) -> None: ...


def mark_of(identity: TerminalIdentity) -> Mark:
    certificate = x509.load_der_x509_certificate(identity.client_certificate)
    return Mark(identity.tid, kcvs_of(identity), certificate.fingerprint(hashes.SHA256()).hex())


class Bundled:
    """From a bundle file."""

    def __init__(self, path: Path, components: Components) -> None:
        self._identity = bundle.load(path, components)
        self.tid = self._identity.tid

    def mark(self) -> Mark | None:
        return mark_of(self._identity)

    def take(self) -> TerminalIdentity:
        return self._identity

    def done(self) -> None:
        """The bundle is its owner's."""


class Enrolling:
    """From the host's books."""

    def __init__(self, host: Host, order: Order) -> None:
        self.tid = order.tid
        self._enrolment = host.enrolment
        self._order = order
        self._path = order.data / _BUNDLES / f"{order.tid}.json"

    def mark(self) -> Mark | None:
        known = self._enrolment.enrolled(self.tid)
        return Mark(self.tid, known.kcvs, known.certificate) if known else None

    def take(self) -> TerminalIdentity:
        """The one that an interrupted provisioning left, or a new one; an older one is replaced only with --again."""
        mark = self.mark()
        kept = self._kept()
        if kept is not None and mark_of(kept) == mark:
            return kept
        if mark is not None and not self._order.again:
            raise RefusedError(f"terminal {self.tid} is enrolled already; --again gives it new keys, its old ones end")
        self.done()
        order = self._order
        identity = self._enrolment.terminal(
            self.tid, order.mid, order.serial_number, order.support, is_renewed=mark is not None
        )
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            bundle.save(identity, self._path, self._enrolment.keeping())
        except OSError as fault:
            raise RefusedError(f"{self._path}: {fault.strerror}") from None
        return identity

    def _kept(self) -> TerminalIdentity | None:
        """None also for one that an older release left or that is damaged: only new keys help there."""
        try:
            return bundle.load(self._path, self._enrolment.keeping())
        except HostError:
            return None

    def done(self) -> None:
        for path in (self._path, self._path.with_suffix(_OLD_KEY)):
            path.unlink(missing_ok=True)


def _place(data: Path) -> Place:
    """The host of a folder; where none is named, the one that `qiandao host` takes."""
    taken = os.environ if data == DATA else {}
    url = taken.get("QIANDAO_HOST_DB", str(data / "host.db"))
    return Place(database_url(url), Path(taken.get("QIANDAO_HOST_PKI", data / "pki")), system_clock)


@contextmanager
def open_host(data: Path) -> Iterator[Host]:
    """The host of a folder, not serving; HostError if there is none."""
    try:
        with _place(data).open() as host:
            yield host
    except SQLAlchemyError as fault:
        raise HostError(f"the host's database does not answer ({type(fault).__name__})") from None
    except crypto.KeyBlockError:
        raise HostError(f"the keys in {data} are under another master key") from None


@contextmanager
def identity_of(order: Order, ceremony: Ceremony) -> Iterator[Source]:
    """Where an order's identity comes from; the host's books are open meanwhile."""
    if order.bundle:
        yield Bundled(order.bundle, ceremony.components(order.bundle, order))
        return
    with open_host(order.data) as host:
        yield Enrolling(host, order)
